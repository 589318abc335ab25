using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamClips.Shared.Clips;

/// <summary>What can be made of a clip after it is saved.</summary>
public static class RenditionKind
{
    /// <summary>A 1080×1920 MP4: the whole picture before a blurred one.</summary>
    public const string Vertical = "vertical";

    /// <summary>A JPEG with <see cref="SpriteLayout.Pictures"/> small pictures of the clip side by side.</summary>
    public const string Preview = "preview";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Vertical, Preview];
}

/// <summary>
/// What is known of a rendition of a clip: the JSON file beside it. A rendition exists if and only if its sidecar does.
/// </summary>
public sealed record RenditionSidecar
{
    /// <summary>The clip that it was made of.</summary>
    public required Guid ClipId { get; init; }

    /// <summary>The run that made it.</summary>
    public required Guid ProcessId { get; init; }

    /// <summary>One of <see cref="RenditionKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The clip's name in storage (<see cref="ClipSidecar.Path"/>).</summary>
    public required string ClipPath { get; init; }

    /// <summary>Width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>How a preview's pictures lie; null for a video.</summary>
    public SpriteLayout? Sprite { get; init; }

    /// <summary>The file beside this one.</summary>
    public required ClipFile File { get; init; }

    /// <summary>This sidecar as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RenditionJson.Default.RenditionSidecar);

    /// <summary>Reads a sidecar.</summary>
    /// <exception cref="JsonException">The text is no such object, or lacks a required field, or has null for one.</exception>
    public static RenditionSidecar FromJson(string json)
    {
        var sidecar = JsonSerializer.Deserialize(json, RenditionJson.Default.RenditionSidecar) ?? throw new JsonException("the sidecar is null");
        if ((object?)sidecar.Kind is null || (object?)sidecar.ClipPath is null || (object?)sidecar.File is null || (object?)sidecar.File.Name is null || (object?)sidecar.File.Sha256 is null)
            throw new JsonException("kind, clip_path, file or its name or sha256 is null");
        return RenditionKind.All.Contains(sidecar.Kind) ? sidecar : throw new JsonException($"there is no rendition '{sidecar.Kind}'");
    }
}

/// <summary>How the small pictures of a preview lie: in one row, evenly spread over the clip.</summary>
/// <param name="Pictures">How many.</param>
/// <param name="Width">Width of each in pixels.</param>
/// <param name="Height">Height of each in pixels.</param>
/// <param name="IntervalS">Seconds of the clip from one to the next.</param>
public sealed record SpriteLayout(int Pictures, int Width, int Height, double IntervalS);

/// <summary>Serialisation of rendition sidecars, made at build time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RenditionSidecar))]
public sealed partial class RenditionJson : JsonSerializerContext;
