"""What completes the commands in a shell, made from the tables of `arguments`."""

from __future__ import annotations

from smtplint.arguments import COMMANDS, SHELLS


def script(shell: str) -> str:
    """A completion script for bash, zsh or fish."""
    if shell == "fish":
        lines = [
            "complete -c smtplint -n __fish_use_subcommand -f -l help -s h",
            "complete -c smtplint -n __fish_use_subcommand -f -l version -s V",
        ]
        for name, (_, about, options) in COMMANDS.items():
            lines.append(f"complete -c smtplint -n __fish_use_subcommand -f -a {name} -d {_shell(about)}")
            for option in options:
                value = "" if option.kind == "flag" else " -r"
                value = f" -x -a {_shell(' '.join(option.choices))}" if option.choices else value
                short = f" -s {option.short[1:]}" if option.short else ""
                after = f"complete -c smtplint -n '__fish_seen_subcommand_from {name}'"
                lines.append(f"{after} -l {option.name[2:]}{short}{value} -d {_shell(option.help)}")
        lines.append(f"complete -c smtplint -n '__fish_seen_subcommand_from completion' -f -a {_shell(' '.join(SHELLS))}")
        return "\n".join(lines) + "\n"
    cases = []
    for name, (_, _, options) in COMMANDS.items():
        chosen = [f"      {option.name}) values={_shell(' '.join(option.choices))} ;;" for option in options if option.choices]
        files = "|".join(option.name for option in options if option.kind != "flag" and not option.choices)
        if files:
            chosen.append(f"      {files}) files=1 ;;")
        words = " ".join(word for option in options for word in (option.name, option.short) if word)
        words += " " + " ".join(SHELLS) if name == "completion" else ""
        cases.append(f"    {name})\n      words={_shell(words)}\n      case $prev in\n" + "\n".join(chosen) + "\n      esac ;;")
    body = f"""\
_smtplint() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} words= values= files=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W {_shell(" ".join((*COMMANDS, "--help", "--version")))} -- "$cur"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{chr(10).join(cases)}
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$cur"))
  elif [ -z "$files" ] && [ "${{cur#-}}" != "$cur" -o "${{COMP_WORDS[1]}}" = completion ]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}}
complete -o filenames -F _smtplint smtplint
"""
    if shell == "zsh":
        return "#compdef smtplint\nautoload -U +X bashcompinit && bashcompinit\n" + body
    return body


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
