export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/**
 * The script that a shell reads at its start. It asks `srunx __complete` for every Tab: the first line of the answer says
 * whether files are wanted (`files`, `directories`, `words`), each other one is a word, a tab and what it means.
 */
export function shellScript(shell: Shell): string {
  return scripts[shell];
}

const bash = `# Completion of srunx for bash. Add to ~/.bashrc:  eval "$(srunx completion bash)"
_srunx() {
  local line=\${COMP_LINE:0:COMP_POINT} cur=\${COMP_WORDS[COMP_CWORD]} answer word kind
  COMPREPLY=()
  # The words of COMP_WORDS are cut at = and :, the line is whole.
  mapfile -t answer < <(srunx __complete -- "$line" 2>/dev/null)
  kind=\${answer[0]-}
  local whole=\${line##*[[:space:]]} part
  part=\${whole%"$cur"}
  [[ $cur == = || $cur == : ]] && part=$whole && cur=
  for word in "\${answer[@]:1}"; do
    # Where bash lists what there is, and does not insert it, it is told what the words mean.
    case \${COMP_TYPE-}:$word in
      63:*$'\\t'* | 33:*$'\\t'* | 64:*$'\\t'*)
        if ((\${#answer[@]} > 2)); then
          word=\${word#"$part"}
          COMPREPLY+=("\${word%%$'\\t'*}  -- \${word#*$'\\t'}")
          continue
        fi
        ;;
    esac
    word=\${word%%$'\\t'*}
    COMPREPLY+=("\${word#"$part"}")
  done
  case $kind in
    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    directories) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
  esac
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _srunx srunx
`;

const zsh = `#compdef srunx
# Completion of srunx for zsh. Add to ~/.zshrc, behind compinit:  eval "$(srunx completion zsh)"
_srunx() {
  local -a answer words_only shown
  local kind entry word
  answer=("\${(@f)$(srunx __complete -- "\${LBUFFER}" 2>/dev/null)}")
  kind=\${answer[1]}
  # Behind --option= only the value is completed.
  [[ $PREFIX == --*=* ]] && compset -P '*='
  for entry in "\${answer[@]:1}"; do
    [[ -z $entry ]] && continue
    word=\${entry%%$'\\t'*}
    [[ $IPREFIX == --*= ]] && word=\${word#--*=}
    words_only+=("$word")
    [[ $entry == *$'\\t'* ]] && shown+=("$word  -- \${entry#*$'\\t'}") || shown+=("$word")
  done
  case $kind in
    files) _files; return ;;
    directories) _files -/; return ;;
  esac
  if (( \${#words_only} == 1 )) && [[ \${words_only[1]} == *= ]]; then
    compadd -Q -S '' -a words_only
  else
    compadd -Q -l -d shown -a words_only
  fi
}
compdef _srunx srunx
`;

const fish = `# Completion of srunx for fish. Save as ~/.config/fish/completions/srunx.fish
function __srunx_complete
  set -l answer (srunx __complete -- (commandline -cp) 2>/dev/null)
  switch "$answer[1]"
    case files
      __fish_complete_path (commandline -ct)
    case directories
      __fish_complete_directories (commandline -ct)
    case '*'
      printf '%s\\n' $answer[2..-1]
  end
end
complete -c srunx -f -a '(__srunx_complete)'
`;

const powershell = `# Completion of srunx for PowerShell. Add to $PROFILE:  srunx completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName srunx -ScriptBlock {
  param($word, $ast, $position)
  $line = $ast.ToString()
  if ($line.Length -lt $position) { $line = $line.PadRight($position) }
  $answer = @(srunx __complete -- $line.Substring(0, $position) 2>$null)
  $answer | Select-Object -Skip 1 | ForEach-Object {
    $parts = $_ -split "\`t", 2
    $tip = if ($parts.Count -gt 1) { $parts[1] } else { $parts[0] }
    [System.Management.Automation.CompletionResult]::new($parts[0], $parts[0], 'ParameterValue', $tip)
  }
}
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
