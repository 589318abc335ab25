using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Running;

/// <summary>The simulated platform that runs: its addresses, as it printed them.</summary>
public sealed record StartedSite(Uri Gql, Uri Usher, Uri Chat, Uri Control, IReadOnlyList<string> Channels)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a started platform says that it is ready.</summary>
    /// <exception cref="CommandException">It ended, or said nothing in time.</exception>
    public static async Task<StartedSite> StartAsync(KeptAlive site, TimeProvider time, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            while (true)
            {
                foreach (var line in site.Program.LastLines)
                    if (TryParse(line) is { } ready) return ready;
                var exit = site.Program.WaitAsync(both.Token);
                if (await Task.WhenAny(exit, Task.Delay(TimeSpan.FromMilliseconds(50), time, both.Token)) == exit)
                {
                    await exit;
                    throw new CommandException(KeptAlive.Describe(site.Program, $"the simulated platform ended (exit code {site.Program.ExitCode})"));
                }
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new CommandException(KeptAlive.Describe(site.Program, $"the simulated platform was not ready within {Deadline.TotalSeconds:0} s"));
        }
    }

    private static StartedSite? TryParse(string line)
    {
        if (!line.StartsWith('{') || !line.Contains("\"ready\"", StringComparison.Ordinal)) return null;
        try
        {
            var said = JsonNode.Parse(line)!;
            return new StartedSite(
                Address("gql"), Address("usher"), Address("chat_ws"), Address("control"),
                [.. said["channels"]!.AsArray().Select(c => c is JsonObject named ? named["name"]!.ToString() : c!.ToString())]);

            Uri Address(string name) => new(said[name]!.ToString());
        }
        catch (Exception e) when (e is JsonException or UriFormatException or InvalidOperationException or NullReferenceException)
        {
            throw new CommandException($"the simulated platform said something unexpected: {line}");
        }
    }
}
