using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.NodeAgent.Host;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Assignments;

/// <summary>Everything that shall run on this node.</summary>
/// <param name="Revision">Its number; grows with every change. 0: nothing was ever heard.</param>
/// <param name="Workers">The workers; at most one an id.</param>
/// <param name="Known">The control plane has said so; what it never spoke of is not stopped.</param>
public sealed record WantedState(long Revision, IReadOnlyList<WantedWorker> Workers, bool Known = true)
{
    /// <summary>Before the control plane has said anything.</summary>
    public static WantedState None { get; } = new(0, [], Known: false);
}

/// <summary>A worker that shall run.</summary>
/// <param name="Spec">What it is told.</param>
/// <param name="Fault">Why it cannot be started as it is wanted, for people; null: it can.</param>
public sealed record WantedWorker(WorkerSpec Spec, string? Fault = null);

/// <summary>
/// Keeps the wanted state over the agent's own life: NODE_DIRECTORY/desired.json. Written down, synced, before it is
/// acted on, so that an agent that restarts without its control plane goes on where it was.
/// </summary>
public sealed class WantedStateFile(string path)
{
    /// <summary>The newest state that was written down.</summary>
    public WantedState Current { get; private set; } = WantedState.None;

    /// <summary>Reads what an agent before this one wrote down.</summary>
    /// <returns>What is wrong with the file, or null. A damaged file counts as never written: nothing is stopped for it
    /// until the control plane has spoken.</returns>
    public string? Load()
    {
        try
        {
            Current = JsonSerializer.Deserialize(File.ReadAllBytes(path), WantedStateJson.Default.WantedState) ?? WantedState.None;
            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be read ({e.Message}); running workers are kept until the control plane has spoken";
        }
    }

    /// <summary>Writes a new state down.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public void Save(WantedState state)
    {
        AtomicFile.Write(path, JsonSerializer.Serialize(state, WantedStateJson.Default.WantedState), durable: true);
        Current = state;
    }
}

/// <summary>Serialisation of the wanted state, made at build time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WantedState))]
public sealed partial class WantedStateJson : JsonSerializerContext;
