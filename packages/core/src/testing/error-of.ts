/** What `call` throws or rejects with. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  let answer: unknown
  try {
    answer = await call()
  } catch (error) {
    return error
  }
  throw new Error(`expected an error, not ${JSON.stringify(answer)}`)
}
