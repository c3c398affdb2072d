#!/bin/sh
# A function that says what it finds in its environment, and starts no further.
echo "path: $CHATWARDEN_MESSAGE_PATH, shell: ${CHATWARDEN_ROOM_PATH:-nothing}" >&2
exit 1
