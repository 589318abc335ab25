using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Running;

/// <summary>Where a running control plane answers: its <c>endpoints.json</c>.</summary>
/// <param name="Dashboard">Pages and API.</param>
/// <param name="Grpc">Node agents dial this one.</param>
public sealed record ControlPlaneEndpoints(Uri Dashboard, Uri Grpc)
{
    private const string FileName = "endpoints.json";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    /// <summary>Waits until a started control plane has written down where it answers.</summary>
    /// <exception cref="CommandException">It ended, or was not ready in time; with what it said.</exception>
    public static Task<ControlPlaneEndpoints> WhenReadyAsync(KeptAlive controlPlane, string directory, CancellationToken stop)
    {
        var path = Path.Combine(directory, FileName);
        return controlPlane.WhenReadyAsync(() => TryRead(path), Deadline, stop);
    }

    /// <summary>Forgets an earlier run's addresses: call before the start.</summary>
    public static void Forget(string directory) => File.Delete(Path.Combine(directory, FileName));

    private static ControlPlaneEndpoints? TryRead(string path)
    {
        try
        {
            var file = JsonNode.Parse(File.ReadAllText(path))!;
            return new(new Uri(file["dashboard"]!.ToString()), new Uri(file["grpc"]!.ToString()));
        }
        catch (Exception e) when (e is IOException or JsonException or NullReferenceException or InvalidOperationException or UriFormatException)
        {
            return null;
        }
    }
}
