/** What `work` comes to, or undefined as soon as the signal is aborted. */
export function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const leave = () => resolve(undefined)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    // Attached in any case, so that what fails later is not an unhandled rejection.
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
