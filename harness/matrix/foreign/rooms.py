"""What Synapse makes of whole rooms: which events its rules allow, and how it resolves states.

Reads one room per line, writes one JSON object per line. Run by rooms.test.ts.
"""

import asyncio
import json
import logging
import sys

from synapse import event_auth
from synapse.api.errors import SynapseError
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS, StateResolutionVersions
from synapse.events import make_event_from_dict
from synapse.state import v1, v2
from synapse.storage.databases.main.event_federation import StateDifference

logging.disable(logging.CRITICAL)


class Clock:
    async def sleep(self, duration):
        pass


class Store:
    """Of state resolution: every event is handed in as one that is not stored yet."""

    def __init__(self, events):
        self.events = events

    async def get_events(self, event_ids, allow_rejected=False):
        return {i: self.events[i] for i in event_ids if i in self.events}

    async def get_auth_chain_difference(self, room_id, state_sets, conflicted, more):
        return StateDifference(auth_difference=set(), conflicted_subgraph=set())


def read(pdu, version, rejected=False):
    return make_event_from_dict(pdu, version, rejected_reason="rejected" if rejected else None)


def allowed(event, state):
    try:
        if event.type == "m.room.create":
            event_auth._check_create(event)
        else:
            event_auth.check_state_dependent_auth_rules(event, state)
    except SynapseError as error:
        return error.msg
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)
    return None


def placed(ids, events):
    return {(events[i].type, events[i].state_key): i for i in ids}


async def resolve(sets, version, room_id, events):
    maps = [placed(ids, events) for ids in sets]
    if version.state_res == StateResolutionVersions.V1:

        async def fetch(ids):
            return {i: events[i] for i in ids if i in events}

        state = await v1.resolve_events_with_store(room_id, version, maps, None, fetch)
    else:
        store = Store(events)
        state = await v2.resolve_events_with_store(
            Clock(), room_id, version, maps, dict(events), store
        )
    return sorted(dict(state).values())


async def main():
    for line in sys.stdin:
        room = json.loads(line)
        version = KNOWN_ROOM_VERSIONS[room["version"]]
        rejected = set(room["rejected"])
        events = {}
        for id, pdu in room["events"]:
            event = read(pdu, version, id in rejected)
            assert event.event_id == id, (event.event_id, id)
            events[id] = event
        trials = []
        for pdu, state in room["trials"]:
            trials.append(allowed(read(pdu, version), [events[i] for i in state]))
        sets = [await resolve(sets, version, room["room"], events) for sets in room["sets"]]
        print(json.dumps({"trials": trials, "states": sets}), flush=True)


asyncio.run(main())
