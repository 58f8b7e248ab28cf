import type { LiveValueTypes } from './live-value.ts'

/** What the views of the kind `T` show, by their names. */
export type ViewsOf<T extends LiveValueTypes> = T extends { views: infer V extends object }
  ? V
  : Record<never, never>

/** The names of the views of the kind `T`. */
export type ViewNameOf<T extends LiveValueTypes> = keyof ViewsOf<T> & string

/** The types of an entry of the kind `T` as it is seen through the view `V`: nobody changes it through there. */
export interface ViewTypes<T extends LiveValueTypes, V extends ViewNameOf<T>> {
  name: T['name']
  value: ViewsOf<T>[V]
  mutation: never
  message: T['message']
  error: never
}
