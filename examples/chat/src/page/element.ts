/** The element of `id` in the page. */
export function byId<E extends HTMLElement>(id: string, type: new () => E): E {
  return within(document, `#${id}`, type)
}

/** The first element below `root` that `selector` names; the page's markup promises that it is there. */
export function within<E extends Element>(root: ParentNode, selector: string, type: new () => E): E {
  const element = root.querySelector(selector)
  if (element instanceof type) return element
  throw new Error(`the page has no ${type.name} ${selector}`)
}

/** A copy of the one element in the template of `id`. */
export function copyOf<E extends HTMLElement>(id: string, type: new () => E): E {
  const copy = byId(id, HTMLTemplateElement).content.firstElementChild?.cloneNode(true)
  if (copy instanceof type) return copy
  throw new Error(`the template ${id} holds no ${type.name}`)
}
