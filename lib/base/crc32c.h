/* CRC-32C (Castagnoli), as iSCSI and ext4 use it. */
#ifndef OD_CRC32C_H
#define OD_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/**
 * The CRC of `size` bytes that follow bytes whose CRC is `crc` (0 to begin). Uses the processor's
 * instruction where there is one. Any thread.
 */
uint32_t od_crc32c(uint32_t crc, const void *bytes, size_t size);

/** The same by tables, on any machine. */
uint32_t od_crc32c_table(uint32_t crc, const void *bytes, size_t size);

#endif
