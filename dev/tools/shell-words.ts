/**
 * The simple commands of one line of a shell, each as its words: `a 'b c' | d # e` gives [[a, 'b c'], [d]]. Substitutions stay
 * as they are written. Redirections end a command, as what follows them is no argument of it.
 */
export function shellCommands(line: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let redirected = false;
  for (const token of line.matchAll(/\d*[<>]+&?|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|;&<>])+|[|;&]+|\s+/g)) {
    const [text] = token;
    if (/^\s/.test(text)) continue;
    if (text.startsWith('#')) break;
    if (/^[|;&]/.test(text)) {
      commands.push(words);
      words = [];
      redirected = false;
    } else if (/^\d*[<>]/.test(text)) redirected = true;
    else if (!redirected) words.push(unquote(text));
  }
  return [...commands, words].filter((command) => command.length > 0);
}

function unquote(word: string): string {
  return word.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_, single, double, escaped) => {
    return single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '';
  });
}
