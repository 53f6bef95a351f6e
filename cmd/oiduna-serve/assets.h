/* Samples and SynthDefs on disk. Blocks: for the worker's thread. Knows nothing of HTTP. */
#ifndef OD_SERVE_ASSETS_H
#define OD_SERVE_ASSETS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

enum od_asset_kind {
    OD_ASSET_SAMPLE,
    OD_ASSET_SYNTHDEF
};

enum od_asset_result {
    OD_ASSET_OK,
    OD_ASSET_BAD_NAME, /**< no single path component, hidden, too long, not UTF-8 */
    OD_ASSET_BAD_TYPE, /**< an extension that is not known */
    OD_ASSET_MISSING,
    OD_ASSET_FULL,  /**< more than is allowed in all */
    OD_ASSET_FAILED /**< errno says why */
};

/** Where one is. A SynthDef has no category (""). */
struct od_asset {
    const char *root;
    enum od_asset_kind kind;
    const char *category, *filename;
};

/** Judges category and filename. */
enum od_asset_result od_asset_check(const struct od_asset *asset);

/** Extensions of a kind, ".wav .aif …". */
const char *od_asset_types(enum od_asset_kind kind);

/**
 * Writes it, beside and renamed, if there is room below `most` bytes in all. `tags` (borrowed
 * array, maybe NULL) are kept with it.
 */
OD_NODISCARD enum od_asset_result od_asset_write(const struct od_asset *asset, const void *bytes,
                                                 size_t length, uint64_t most, const json_t *tags);

OD_NODISCARD enum od_asset_result od_asset_remove(const struct od_asset *asset);

/** {"name", "category", "path", "size", "uploaded_at", "tags"}; NULL if it is not there. */
json_t *od_asset_info(const struct od_asset *asset);

/** Samples: category → array of infos. SynthDefs: array of infos. Sorted. New reference. */
json_t *od_assets_list(const char *root, enum od_asset_kind kind);

/** Bytes of all assets. */
uint64_t od_assets_size(const char *root);

#endif
