using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Running;

/// <summary>The simulated platform that runs, as it said itself.</summary>
/// <param name="Environment">The environment that leads a worker there instead of to the real platforms.</param>
/// <param name="Control">Its control endpoint.</param>
/// <param name="Channels">Its channels.</param>
public sealed record StartedSite(IReadOnlyDictionary<string, string> Environment, Uri Control, IReadOnlyList<string> Channels)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

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
                said["environment"]!.AsObject().ToDictionary(v => v.Key, v => v.Value!.ToString()),
                new Uri(said["control"]!.ToString()),
                [.. said["channels"]!.AsArray().Select(c => c is JsonObject named ? named["name"]!.ToString() : c!.ToString())]);
        }
        catch (Exception e) when (e is JsonException or UriFormatException or InvalidOperationException or NullReferenceException)
        {
            throw new CommandException($"the simulated platform said something unexpected: {line}");
        }
    }
}
