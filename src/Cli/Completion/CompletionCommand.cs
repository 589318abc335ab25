using System.CommandLine;
using StreamClips.Cli.Api;
using StreamClips.Cli.Help;

namespace StreamClips.Cli.Completion;

/// <summary><c>completion</c>: what makes a shell complete commands, options, and the names of streamers, nodes and contexts.</summary>
public static class CompletionCommand
{
    private const string Bash = """
        # Completes streamclips in bash: eval "$(streamclips completion bash)"
        _streamclips() {
          local line=${COMP_LINE:0:COMP_POINT} word typed reply
          COMPREPLY=()
          mapfile -t reply < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null </dev/null)
          # bash ends a word at : and =, so what is before them is there already.
          typed=${line##* }
          typed=${typed%"${COMP_WORDS[COMP_CWORD]}"}
          for word in "${reply[@]}"; do
            printf -v word %q "${word#"$typed"}"
            COMPREPLY+=("$word")
            # The value of a setting follows at once. (Outside of a completion, as in a test of this function, there is nothing to say it to.)
            [[ $word != *= ]] || compopt -o nospace 2>/dev/null
          done
        }
        complete -o default -F _streamclips streamclips ./streamclips

        """;

    private const string Zsh = """
        # Completes streamclips in zsh: source <(streamclips completion zsh)
        _streamclips() {
          local line="${(j: :)words[1,CURRENT]}"
          local -a reply
          reply=("${(@f)$("${~words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null </dev/null)}")
          local -a whole begun
          whole=(${reply:#*=}) begun=(${(M)reply:#*=})
          if [[ -n "$reply" ]]; then
            # The value of a setting follows at once.
            compadd -a whole
            compadd -S '' -a begun
          else
            _files
          fi
        }
        compdef _streamclips streamclips

        """;

    private const string Fish = """
        # Completes streamclips in fish: streamclips completion fish | source
        function __streamclips
            set -l line (commandline -cp)
            set -l program (commandline -opc)[1]
            set -l words ($program "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null </dev/null)
            # Where there is nothing to say it may be a file.
            if set -q words[1]
                printf '%s\n' $words
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c streamclips -f -a '(__streamclips)'

        """;

    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash, zsh or fish." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new ExampledCommand(
            "completion", "Prints what makes a shell complete commands, options, and the names of streamers, nodes and contexts, which are asked of the control plane for at most 1 s.",
            "completion bash >> ~/.bashrc", "completion zsh >> ~/.zshrc   # after compinit", "completion fish > ~/.config/fish/completions/streamclips.fish") { Shell };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(
            () => Console.Out.WriteAsync((parsed.GetValue(Shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash }).AsMemory(), cancellation), cancellation));
        return command;
    }
}
