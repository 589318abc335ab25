using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.Shared.Settings;

namespace StreamClips.Shared.Workers;

/// <summary>
/// What a clip worker is told: <c>spec.json</c> (mode 0600) in the worker's directory. The directory's layout is
/// <see cref="WorkerDirectory"/>.
/// </summary>
public sealed record WorkerSpec
{
    /// <summary>The run that this worker is, a UUID that the control plane gave.</summary>
    public required Guid ProcessId { get; init; }

    /// <summary>The channel's row, a UUID.</summary>
    public required Guid StreamerId { get; init; }

    /// <summary>The channel's display name; for people, never part of a path as it stands.</summary>
    public required string Streamer { get; init; }

    /// <summary>The channel's page or a playlist, absolute http or https; or an RTMP address with its key, a secret: the file is its owner's alone.</summary>
    public required string Url { get; init; }

    /// <summary>A channel whose chat is read instead of the stream's own; null: the platform's own.</summary>
    public string? ChatUrl { get; init; }

    /// <summary>The assignment's number; grows with every assignment of the streamer.</summary>
    public long Epoch { get; init; }

    /// <summary>How clips are made.</summary>
    public ClipSettings Settings { get; init; } = ClipSettings.Default;

    /// <summary>Which settings these are, as the control plane counts them; empty: it did not say.</summary>
    public string SettingsVersion { get => field ?? ""; init; } = "";

    /// <summary>Milliseconds between two status lines, 100 to 60,000.</summary>
    public int StatusIntervalMs { get; init; } = DefaultStatusIntervalMs;

    private const int DefaultStatusIntervalMs = 2000;

    /// <summary>Whether another spec tells the same but for settings and name: a worker that runs can take it up.</summary>
    public bool DiffersInSettingsAlone(WorkerSpec other) => this with { Settings = other.Settings, SettingsVersion = other.SettingsVersion, Streamer = other.Streamer } == other;

    /// <summary>This spec as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, WorkerJson.Default.WorkerSpec);

    /// <summary>Reads a spec.</summary>
    /// <exception cref="JsonException">The text is no such object, or lacks a required field.</exception>
    public static WorkerSpec FromJson(string json)
    {
        var spec = JsonSerializer.Deserialize(json, WorkerJson.Default.WorkerSpec) ?? throw new JsonException("the spec is null");

        // The serialiser that is made at build time leaves out initialisers: what is absent is null or 0 here.
        return spec with
        {
            Settings = (ClipSettings?)spec.Settings ?? ClipSettings.Default,
            StatusIntervalMs = spec.StatusIntervalMs == 0 ? DefaultStatusIntervalMs : spec.StatusIntervalMs,
        };
    }
}

/// <summary>Serialisation of specs, made at build time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WorkerSpec))]
public sealed partial class WorkerJson : JsonSerializerContext;
