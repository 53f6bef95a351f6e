/* Samples and SynthDefs on disk. Blocks: for the worker's thread. Knows nothing of HTTP. */
#ifndef OD_SERVE_ASSETS_H
#define OD_SERVE_ASSETS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

enum asset_kind {
    ASSET_SAMPLE,
    ASSET_SYNTHDEF
};

enum asset_result {
    ASSET_OK,
    ASSET_BAD_NAME, /**< no single path component, hidden, too long, not UTF-8, or has a colon */
    ASSET_BAD_TYPE, /**< an extension that is not known */
    ASSET_MISSING,
    ASSET_FULL,  /**< more than is allowed in all */
    ASSET_FAILED /**< errno says why */
};

/** Where they are kept. */
struct asset_folder {
    const char *path;
    /** Called with a sentence about what was found broken; by the thread that found it. */
    void (*say)(void *arg, const char *sentence);
    void *arg;
};

/** Where one is. A SynthDef has no category (""). */
struct asset {
    const struct asset_folder *folder;
    enum asset_kind kind;
    const char *category, *filename;
};

/** Judges category and filename. */
enum asset_result asset_check(const struct asset *asset);

/** Extensions of a kind, ".wav .aif …". */
const char *asset_types(enum asset_kind kind);

/**
 * Writes it, beside and renamed, if there is room below `most` bytes in all. `tags` (borrowed
 * array, maybe NULL) are kept with it.
 */
OD_NODISCARD enum asset_result asset_write(const struct asset *asset, const void *bytes,
                                           size_t length, uint64_t most, const json_t *tags);

OD_NODISCARD enum asset_result asset_remove(const struct asset *asset);

/** {"name", "category", "path", "size", "uploaded_at", "tags"}; NULL if it is not there. */
json_t *asset_info(const struct asset *asset);

/** Samples: category → array of infos. SynthDefs: array of infos. Sorted. New reference. */
json_t *assets_list(const struct asset_folder *folder, enum asset_kind kind);

/** Bytes of all assets, and of uploads that are under way. */
uint64_t assets_size(const struct asset_folder *folder);

/** Removes what uploads left that did not come to their end. Those of who still lives are left. */
void assets_sweep(const struct asset_folder *folder);

#endif
