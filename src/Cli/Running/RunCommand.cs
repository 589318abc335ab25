using System.CommandLine;
using StreamClips.Cli.Data;
using StreamClips.Cli.Help;
using StreamClips.Shared.Hosting;

namespace StreamClips.Cli.Running;

/// <summary>The commands <c>demo</c> and <c>up</c>: their options, and their ends.</summary>
public static class RunCommand
{
    /// <summary>Port of the dashboard where none is given.</summary>
    public const int DefaultPort = 8080;

    /// <summary>Makes one of the two commands.</summary>
    public static Command Create(string name, string description, bool simulated)
    {
        var data = new Option<string>("--data") { Description = "where everything is kept", DefaultValueFactory = _ => ".streamclips", HelpName = "DIR" };
        var port = new Option<int>("--port") { Description = "the dashboard's port; 0: any free one", DefaultValueFactory = _ => DefaultPort, HelpName = "N" };
        var until = new Option<string?>("--for") { Description = "stop after this time, as 90s, 5m or 1h", HelpName = "DURATION" };
        var json = new Option<bool>("--json") { Description = "print an event a line as JSON" };
        var surges = new Option<string>("--surges")
        {
            Description = "when the simulated channels have moments: the first, and how often each, in seconds; or none",
            DefaultValueFactory = _ => DemoChannels.Surges,
            HelpName = "FIRST,EVERY",
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535) result.AddError($"--port is {result.Tokens[0].Value}: give 0 to 65535");
        });
        until.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && Duration.TryParse(result.Tokens[0].Value, out _) is { } fault) result.AddError($"--for: {fault}");
        });
        data.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && string.IsNullOrWhiteSpace(result.Tokens[0].Value)) result.AddError("--data is empty: give a directory");
        });
        var command = new ExampledCommand(name, description, simulated ? ["demo", "demo --port 0 --for 5m --json   # for tests"] : ["up", "up --data /srv/streamclips --port 8443"]) { data, port, until, json };
        if (simulated) command.Options.Add(surges);
        command.SetAction((parsed, _) =>
        {
            TimeSpan? duration = null;
            if (parsed.GetValue(until) is { } text && Duration.TryParse(text, out var value) is null) duration = value;
            return RunAsync(new RunOptions(
                simulated, Path.GetFullPath(parsed.GetValue(data)!), parsed.GetValue(port), duration, parsed.GetValue(json),
                simulated ? parsed.GetValue(surges)! : "none"));
        });
        return command;
    }

    private static async Task<int> RunAsync(RunOptions options)
    {
        var stop = StopSignals.Listen();
        try
        {
            using var directory = DataDirectory.Open(options.Data, options.Simulated ? "demo" : "up");
            await using var stack = new Stack(options, directory, TimeProvider.System);
            return await stack.RunAsync(stop);
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync($"streamclips: {e.Message}");
            return ExitCode.Failed;
        }
        catch (HttpRequestException e)
        {
            await Console.Error.WriteLineAsync($"streamclips: the control plane does not answer: {e.Message}. Its log is in {options.Data}/logs/control-plane.log.");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return options.Simulated && options.For is not null ? ExitCode.Failed : ExitCode.Done;
        }
    }
}
