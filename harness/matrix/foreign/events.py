"""What other implementations make of events: canonicaljson, signedjson and Synapse's redaction.

Reads a list of JSON events per line, writes a list of objects; without room versions it reads any values and writes
their canonical form. Run by events.test.ts.
"""

import hashlib
import json
import sys

from canonicaljson import encode_canonical_json
from signedjson.key import decode_signing_key_base64
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS, EventFormatVersions
from synapse.crypto.event_signing import compute_content_hash, compute_event_signature
from synapse.synapse_rust.events import redact_event_dict
from unpaddedbase64 import encode_base64

seed, versions = sys.argv[1], sys.argv[2:]
key = decode_signing_key_base64("ed25519", "1", seed)


def in_version(event, version):
    room_version = KNOWN_ROOM_VERSIONS[version]
    redacted = redact_event_dict(room_version, event)
    kept = {k: v for k, v in redacted.items() if k not in ("signatures", "unsigned")}
    text = encode_canonical_json(kept)
    signatures = compute_event_signature(room_version, event, "x", key)
    urlsafe = room_version.event_format not in (
        EventFormatVersions.ROOM_V1_V2,
        EventFormatVersions.ROOM_V3,
    )
    return {
        "redacted": text.decode(),
        "referenceHash": encode_base64(hashlib.sha256(text).digest(), urlsafe=urlsafe),
        "signature": signatures["x"]["ed25519:1"],
    }


def view(event):
    return {
        "canonical": encode_canonical_json(event).decode(),
        "contentHash": encode_base64(compute_content_hash(event, hashlib.sha256)[1]),
        "versions": {version: in_version(event, version) for version in versions},
    }


for line in sys.stdin:
    values = json.loads(line)
    if versions:
        answers = [view(event) for event in values]
    else:
        answers = [encode_canonical_json(value).decode() for value in values]
    print(json.dumps(answers), flush=True)
