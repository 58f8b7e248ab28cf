/** The unit: what awaiting costs when there is nothing to wait for. */
export const NO_OP = 'awaited async no-op'

export async function noOp(): Promise<void> {}
