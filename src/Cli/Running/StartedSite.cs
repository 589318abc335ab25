using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Running;

/// <summary>The simulated platform that runs: its addresses, as it printed them.</summary>
public sealed record StartedSite(Uri Gql, Uri Usher, Uri Chat, Uri Control, IReadOnlyList<string> Channels)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a started platform says that it is ready.</summary>
    /// <exception cref="CommandException">It ended, or said nothing in time.</exception>
    public static Task<StartedSite> WhenReadyAsync(KeptAlive site, CancellationToken stop) =>
        site.WhenReadyAsync(() => site.Program.LastLines.Select(TryParse).FirstOrDefault(ready => ready is not null), Deadline, stop);

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
