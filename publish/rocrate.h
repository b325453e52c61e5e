/* Names in a crate's metadata that its check looks for. */
#ifndef TARE_PUBLISH_ROCRATE_H
#define TARE_PUBLISH_ROCRATE_H

#define ROCRATE_NAME "ro-crate-metadata.json"
/* At most; a file of the crate takes less than a KiB of it. */
#define ROCRATE_MOST_BYTES ((size_t)16 << 20)
#define ROCRATE_PUBLISHER "#tare-publish"

#endif
