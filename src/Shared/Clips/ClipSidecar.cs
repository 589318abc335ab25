using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.Shared.Settings;

namespace StreamClips.Shared.Clips;

/// <summary>
/// Everything that is known of a clip: the JSON file beside it. Times of the stream are on the stream's own clock
/// (PROGRAM-DATE-TIME where the platform gives it).
/// </summary>
public sealed record ClipSidecar
{
    /// <summary>The clip; made by the worker, unique for ever.</summary>
    public required Guid ClipId { get; init; }

    /// <summary>The run that cut it.</summary>
    public required Guid ProcessId { get; init; }

    /// <summary>The channel.</summary>
    public required Guid StreamerId { get; init; }

    /// <summary>The channel's name at that time.</summary>
    public required string Streamer { get; init; }

    /// <summary>The channel's URL.</summary>
    public required string Url { get; init; }

    /// <summary>The assignment's number.</summary>
    public required long Epoch { get; init; }

    /// <summary>When the first frame was sent.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>When the last frame was sent.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>Where the highlight is thought to begin; playback may jump there. Between start and end.</summary>
    public required DateTimeOffset Moment { get; init; }

    /// <summary>Where the chat was loudest.</summary>
    public required DateTimeOffset Peak { get; init; }

    /// <summary>When the detector decided.</summary>
    public required DateTimeOffset TriggeredAt { get; init; }

    /// <summary>The start that was wanted; the first frame is the keyframe at or before it.</summary>
    public required DateTimeOffset WantedStart { get; init; }

    /// <summary>The end that was wanted.</summary>
    public required DateTimeOffset WantedEnd { get; init; }

    /// <summary>Length of the file in seconds, as its container tells.</summary>
    public required double DurationS { get; init; }

    /// <summary>Seconds of the wanted time that are missing in the file.</summary>
    public double LostS { get; init; }

    /// <summary>Seconds by which the file begins earlier than wanted: a copy begins with a keyframe.</summary>
    public double LeadS { get; init; }

    /// <summary>How the video was made: <c>copy</c> (as it was sent), <c>exact</c> (encoded anew up to the first keyframe), <c>encoded</c> (all of it).</summary>
    public string Cut { get; init; } = "copy";

    /// <summary>
    /// The clip's name in storage by the setting <c>file_name</c>, a relative path without an extension; empty in sidecars of
    /// older workers. See <see cref="FileNameTemplate"/>.
    /// </summary>
    public string Path { get; init; } = "";

    /// <summary>The surges that this one clip holds, in the order in which they were decided; empty where it is one alone.</summary>
    public IReadOnlyList<MergedSurge> Merged { get; init; } = [];

    /// <summary>How sure the link between chat and video is: <c>program-date-time</c>, or <c>arrival</c> of the segment.</summary>
    public required string TimeSource { get; init; }

    /// <summary>Seconds by which chat and video may be apart.</summary>
    public double UncertaintyS { get; init; }

    /// <summary>How many times the baseline.</summary>
    public required double Score { get; init; }

    /// <summary>Why, in numbers and words.</summary>
    public required string Reason { get; init; }

    /// <summary>Name of the detector that decided.</summary>
    public required string Detector { get; init; }

    /// <summary>The settings that were in force.</summary>
    public required ClipSettings Settings { get; init; }

    /// <summary>The chat around the clip, a point a second.</summary>
    public IReadOnlyList<RatePoint> Rates { get; init; } = [];

    /// <summary>What the chat said most between the start and the decision, most first, at most 20.</summary>
    public IReadOnlyList<WordCount> TopWords { get; init; } = [];

    /// <summary>The video's size and codecs, as <c>640x360 h264/aac</c>.</summary>
    public string Format { get; init; } = "";

    /// <summary>The files beside this one. The video comes first.</summary>
    public required IReadOnlyList<ClipFile> Files { get; init; }

    /// <summary>This sidecar as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClipJson.Default.ClipSidecar);

    /// <summary>Reads a sidecar.</summary>
    /// <exception cref="JsonException">The text is no such object, or lacks a required field, or has null for one.</exception>
    public static ClipSidecar FromJson(string json)
    {
        var sidecar = JsonSerializer.Deserialize(json, ClipJson.Default.ClipSidecar) ?? throw new JsonException("the sidecar is null");
        if (NullIn(sidecar) is { } field) throw new JsonException($"{field} is null");

        // The serialiser that is made at build time leaves out initialisers: what is absent is null here.
        return sidecar with
        {
            Rates = (IReadOnlyList<RatePoint>?)sidecar.Rates ?? [],
            TopWords = (IReadOnlyList<WordCount>?)sidecar.TopWords ?? [],
            Format = (string?)sidecar.Format ?? "",
            Cut = (string?)sidecar.Cut ?? "copy",
            Path = (string?)sidecar.Path ?? "",
            Merged = (IReadOnlyList<MergedSurge>?)sidecar.Merged ?? [],
        };
    }

    /// <summary>The first field that is null and must not be: the serialiser demands that a field is there, not that it has a value.</summary>
    private static string? NullIn(ClipSidecar sidecar)
    {
        (string Field, object? Value)[] required =
        [
            ("streamer", sidecar.Streamer), ("url", sidecar.Url), ("time_source", sidecar.TimeSource), ("reason", sidecar.Reason),
            ("detector", sidecar.Detector), ("settings", sidecar.Settings), ("files", sidecar.Files),
        ];
        foreach (var (field, value) in required)
            if (value is null) return field;

        // Each may be null whatever its type says.
        if (sidecar.Files.Any(f => f is null || (object?)f.Kind is null || (object?)f.Name is null || (object?)f.Sha256 is null)) return "a file or its kind, name or sha256";
        if (((IEnumerable<RatePoint?>?)sidecar.Rates)?.Any(r => r is null) == true) return "a point of rates";
        if (((IEnumerable<MergedSurge?>?)sidecar.Merged)?.Any(m => m?.Reason is null) == true) return "a surge of merged";
        return ((IEnumerable<WordCount?>?)sidecar.TopWords)?.Any(w => w?.Word is null) == true ? "a word of top_words" : null;
    }
}

/// <summary>A file of a clip.</summary>
/// <param name="Kind">video, poster or sidecar.</param>
/// <param name="Name">The file's name in the worker's clips directory, without a path.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, lower-case hex.</param>
public sealed record ClipFile(string Kind, string Name, long SizeBytes, string Sha256);

/// <summary>A surge that became part of a longer clip.</summary>
/// <param name="Start">Where its own clip would have begun.</param>
/// <param name="End">Where its own clip would have ended.</param>
/// <param name="Peak">Where the chat was loudest.</param>
/// <param name="Score">How many times the baseline.</param>
/// <param name="Reason">Why, in numbers and words.</param>
public sealed record MergedSurge(DateTimeOffset Start, DateTimeOffset End, DateTimeOffset Peak, double Score, string Reason);

/// <summary>The chat at one time.</summary>
/// <param name="At">When, on the stream's clock.</param>
/// <param name="Rate">Messages a second over the detector's window.</param>
/// <param name="Baseline">Messages a second over the baseline.</param>
public sealed record RatePoint(DateTimeOffset At, double Rate, double Baseline);

/// <summary>How often a word was said.</summary>
/// <param name="Word">The word or emote.</param>
/// <param name="Count">How often.</param>
public sealed record WordCount(string Word, int Count);

/// <summary>Serialisation of sidecars, made at build time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClipSidecar))]
public sealed partial class ClipJson : JsonSerializerContext;
