/**
 * foreign: the folder holds something else · version: it was written by another version of this program · locked: another
 * process has it open · damaged: what it holds cannot be read · owner: it is another server's · unusable: the system
 * does not let it be opened · write: something could not be written, so what was promised last may not be kept.
 */
export type StoreErrorCode =
  | 'foreign'
  | 'version'
  | 'locked'
  | 'damaged'
  | 'owner'
  | 'unusable'
  | 'write'

/** A data folder cannot be used. Nothing in it has been replaced. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
