/* Names in a crate's metadata that its check looks for. */
#ifndef TARE_PUBLISH_ROCRATE_H
#define TARE_PUBLISH_ROCRATE_H

#define ROCRATE_NAME "ro-crate-metadata.json"
#define ROCRATE_PUBLISHER "#tare-publish"

#endif
