import type { JsonObject } from '../../matrix/event.ts'
import type { SyncExtras } from '../users/operations.ts'

/** The sections of a sync's answer beside its rooms; nothing where no device was named. */
export const extraSections = (extras: SyncExtras | undefined): JsonObject =>
  extras === undefined
    ? {}
    : {
        to_device: { events: extras.toDevice },
        presence: { events: extras.presence },
        device_lists: extras.deviceLists,
        device_one_time_keys_count: extras.oneTimeKeyCounts,
        device_unused_fallback_key_types: extras.unusedFallbackKeyTypes,
      }
