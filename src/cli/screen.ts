/** The whole terminal, taken by a command that draws on it. Given back whatever ends the program, and lent while it is suspended. */
export interface Screen extends Disposable {
  /** At this moment. */
  size(): { readonly columns: number; readonly rows: number };
  /** At once, and in one piece. */
  write(text: string): void;
  /** What is typed, as the terminal sends it; `undefined`: the terminal is gone. */
  onInput(listener: (text: string | undefined) => void): void;
  /** Its size is another one, or what was drawn is no longer there. */
  onChange(listener: () => void): void;
  /** As Ctrl-Z does where no program takes the keys. */
  suspend(): void;
  /** As Ctrl-C does. */
  interrupt(): void;
}
