/** What `Sec-WebSocket-Protocol` names: version 1 of the frames, encoded as JSON. */
export const SUBPROTOCOL = 'livestore.v1.json'
