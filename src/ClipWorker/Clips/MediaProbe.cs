using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamClips.ClipWorker.Clips;

/// <summary>What a media file holds, as ffprobe sees it.</summary>
/// <param name="DurationS">Its length in seconds.</param>
/// <param name="Video">The video's codec; null where there is none.</param>
/// <param name="Audio">The audio's codec; null where there is none.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
internal sealed record MediaProbe(double DurationS, string? Video, string? Audio, int Width, int Height)
{
    /// <summary>The arguments with which ffprobe answers what <see cref="Parse"/> reads.</summary>
    public static IReadOnlyList<string> Arguments(string file) =>
        ["-v", "error", "-show_entries", "format=duration:stream=codec_type,codec_name,width,height", "-of", "json", "-i", file];

    /// <summary>Reads ffprobe's answer; null where it is none.</summary>
    public static MediaProbe? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var answer = JsonSerializer.Deserialize(json, ProbeJson.Default.ProbeAnswer);
            if (answer?.Streams is null) return null;
            var video = answer.Streams.FirstOrDefault(s => s.CodecType == "video");
            var audio = answer.Streams.FirstOrDefault(s => s.CodecType == "audio");
            _ = double.TryParse(answer.Format?.Duration, NumberStyles.Float, CultureInfo.InvariantCulture, out var duration);
            return new(duration, video?.CodecName, audio?.CodecName, video?.Width ?? 0, video?.Height ?? 0);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>For people: <c>640x360 h264/aac</c>.</summary>
    public string Describe() => $"{Width}x{Height} {Video}{(Audio is null ? "" : $"/{Audio}")}";
}

/// <summary>ffprobe's answer.</summary>
internal sealed record ProbeAnswer(List<ProbeStream>? Streams, ProbeFormat? Format);

/// <summary>A stream in ffprobe's answer.</summary>
internal sealed record ProbeStream(string? CodecType, string? CodecName, int Width, int Height);

/// <summary>The container in ffprobe's answer.</summary>
internal sealed record ProbeFormat(string? Duration);

/// <summary>Reading of ffprobe's answers, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProbeAnswer))]
internal sealed partial class ProbeJson : JsonSerializerContext;
