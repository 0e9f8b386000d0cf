import { LevelStore } from './level-store.ts'
import { MemoryStore, type Store } from './store.ts'

/** In a folder, or in memory where none is named. Throws StoreError. */
export const openStore = async (directory: string | undefined): Promise<Store> =>
  directory === undefined ? new MemoryStore() : LevelStore.open(directory)
