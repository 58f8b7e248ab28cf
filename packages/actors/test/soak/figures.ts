/** Prints one line of figures, which a soak is run for. */
export function report(what: string, figures: Readonly<Record<string, number>>): void {
  const parts = Object.entries(figures).map(
    ([name, figure]) => `${name} ${Math.round(figure).toLocaleString('en')}`,
  )
  process.stdout.write(`soak: ${what}: ${parts.join(', ')}\n`)
}
