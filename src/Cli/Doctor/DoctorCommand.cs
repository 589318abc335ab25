using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Help;
using StreamClips.Cli.Output;
using StreamClips.Cli.Running;

namespace StreamClips.Cli.Doctor;

/// <summary><c>doctor</c>: what is wrong, and what to do.</summary>
public static class DoctorCommand
{
    private const string UsualData = ".streamclips";
    private static readonly Option<string?> Data = new("--data") { Description = $"The data directory of up or demo on this machine; {UsualData} where it is there.", HelpName = "DIR" };
    private static readonly Option<int> Port = new("--port") { Description = "The port that up or demo would use.", HelpName = "N", DefaultValueFactory = _ => RunCommand.DefaultPort };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535) result.AddError($"--port is {result.Tokens[0].Value}: give 0 to 65535");
        });
        var command = new ExampledCommand(
            "doctor", "Looks for what is wrong: the way to the control plane you signed in to, what that says of itself, and this machine where up or demo run here. Exit code 1 where something does not work.",
            "doctor", "doctor --context clips.example --json", "doctor --data .streamclips")
        {
            Data, Port, ApiOptions.Context, ApiOptions.Json, ApiOptions.Utc,
        };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() => RunAsync(parsed, cancellation), cancellation));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(ApiOptions.Utc)) Values.Zone = TimeZoneInfo.Utc;
        var terminal = Terminal.OfConsole(Environment.GetEnvironmentVariable);
        var print = new Printer(Console.Out, parsed.GetValue(ApiOptions.Json), terminal);
        var found = new List<Finding>();
        var context = Chosen(parsed);
        if (context is not null) found.AddRange(await new ConnectionChecks(context, TimeProvider.System).RunAsync(cancellation));
        var data = parsed.GetValue(Data);
        // Of a machine that only asks a control plane elsewhere nothing else is wanted.
        if (data is not null || context is null || Directory.Exists(UsualData))
            found.AddRange(await new LocalChecks(Path.GetFullPath(data ?? UsualData), parsed.GetValue(Port), Environment.GetEnvironmentVariable("PATH") ?? "").RunAsync(cancellation));
        Show(print, found, terminal);
        if (context is null) print.Hint("You are not signed in to a control plane: only this machine was looked at. streamclips login SERVER");
        if (found.Exists(f => f.Status == "fail")) throw new CommandException("");
    }

    /// <summary>The control plane to look at; null: none was signed in to.</summary>
    private static ServerContext? Chosen(ParseResult parsed)
    {
        var file = ContextFile.OfUser(Environment.GetEnvironmentVariable);
        var (name, server) = (parsed.GetValue(ApiOptions.Context), Environment.GetEnvironmentVariable("STREAMCLIPS_URL"));
        return name is null && string.IsNullOrEmpty(server) && file.Read().Current is null ? null : file.Choose(name, Environment.GetEnvironmentVariable);
    }

    private static void Show(Printer print, List<Finding> found, Terminal terminal)
    {
        var (fails, warns) = (found.Count(f => f.Status == "fail"), found.Count(f => f.Status == "warn"));
        if (print.Json)
        {
            print.Line("", new JsonObject { ["worst"] = fails > 0 ? "fail" : warns > 0 ? "warn" : "ok", ["checks"] = new JsonArray([.. found.Select(f => f.ToJson())]) });
            return;
        }

        var checks = found.Max(f => f.Check.Length);
        foreach (var finding in found)
        {
            var tone = finding.Status switch { "ok" => Tone.Good, "warn" => Tone.Warning, _ => Tone.Bad };
            var indent = new string(' ', 6 + checks + 2);
            var lines = Lines(finding.Seen, terminal, indent.Length).Concat(finding.Remedy.Length > 0 ? Lines($"→ {finding.Remedy}", terminal, indent.Length) : []).ToList();
            print.Hint($"{print.Paint(finding.Status.PadRight(4), tone)}  {CellText.Pad(CellText.Clean(finding.Check), checks, right: false)}  {lines[0]}");
            foreach (var line in lines.Skip(1)) print.Hint(indent + line);
        }

        print.Hint("");
        print.Hint(fails + warns == 0 ? $"All {Words.Count(found.Count, "check")} are well." : $"{Words.Count(found.Count, "check")}: {fails} failed, {Words.Count(warns, "warning")}.");
    }

    private static IEnumerable<string> Lines(string text, Terminal terminal, int indent) =>
        text.Split('\n').Select(CellText.Clean).SelectMany(line => terminal.Width is { } width && width - indent >= 20 ? CellText.Wrap(line.Trim(), width - indent) : [line.Trim()]);
}
