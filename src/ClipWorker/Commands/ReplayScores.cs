using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.ClipWorker.Surge;

namespace StreamClips.ClipWorker.Commands;

/// <summary>A highlight that somebody marked, seconds on the file's clock.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends.</param>
internal sealed record ReplayLabel([property: JsonPropertyName("start")] double Start, [property: JsonPropertyName("end")] double End);

/// <summary>Reads marked highlights.</summary>
internal static class ReplayLabels
{
    /// <summary>Reads a file of them.</summary>
    /// <returns>The highlights, or what is wrong with the file.</returns>
    public static (IReadOnlyList<ReplayLabel>? Labels, string? Fault) Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, ReplayJson.Default.ReplayLabelArray) is { } labels
                ? (labels, null)
                : (null, $"'{path}' holds no labels: give [{{\"start\": seconds, \"end\": seconds}}, ...]");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot read '{path}': {e.Message}");
        }
        catch (JsonException)
        {
            return (null, $"'{path}' holds no labels: give [{{\"start\": seconds, \"end\": seconds}}, ...]");
        }
    }
}

/// <summary>
/// How good the clips are: a clip is right if it holds a highlight's start and its first 10 s (all of it where it is shorter),
/// a moment if it lies within 10 s before a highlight's start and its end; of moments the best that are 120 s apart count.
/// </summary>
internal sealed class ReplayScores(IReadOnlyList<ReplayLabel> labels, TextWriter output) : IReplayOutput
{
    private const double MustHold = 10;
    private const double MomentBefore = 10;
    private const double Apart = 120;
    private readonly List<DetectedSurge> _clips = [];

    /// <inheritdoc/>
    public void Clip(DetectedSurge surge) => _clips.Add(surge);

    /// <inheritdoc/>
    public void End()
    {
        var right = _clips.Count(c => labels.Any(l => Holds(c, l)));
        var found = labels.Count(l => _clips.Any(c => Holds(c, l)));
        output.WriteLine($"{right} of {_clips.Count} clips hold a marked highlight{Share(right, _clips.Count)}; {found} of {labels.Count} highlights are held{Share(found, labels.Count)}");
        var best = Best(10);
        var hits = best.Take(5).Count(IsHit);
        output.WriteLine($"of the 5 best moments {hits} lie in a highlight, of the 10 best {best.Count(IsHit)}");
    }

    private static string Share(int part, int whole) => whole == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({(double)part / whole:.00})");

    private static bool Holds(DetectedSurge clip, ReplayLabel label) =>
        FileClock.Seconds(clip.Start) <= label.Start && Math.Min(label.End, label.Start + MustHold) <= FileClock.Seconds(clip.End);

    private bool IsHit(DetectedSurge clip)
    {
        var moment = FileClock.Seconds(clip.Moment);
        return labels.Any(l => l.Start - MomentBefore <= moment && moment <= l.End);
    }

    private List<DetectedSurge> Best(int most)
    {
        var best = new List<DetectedSurge>();
        foreach (var clip in _clips.OrderByDescending(c => c.Score))
            if (best.Count < most && best.TrueForAll(b => Math.Abs((b.Moment - clip.Moment).TotalSeconds) >= Apart)) best.Add(clip);
        return best;
    }
}

/// <summary>What a plot's page draws from.</summary>
internal sealed record ReplayPlotData(string Title, string Detector, double Step, double First, IReadOnlyList<double> Rate, IReadOnlyList<double> Usual, IReadOnlyList<ReplayPlotClip> Clips, IReadOnlyList<ReplayLabel> Labels);

/// <summary>A clip in a plot, seconds on the file's clock.</summary>
internal sealed record ReplayPlotClip(double Start, double End, double Moment, double Peak, double Decided, double Score, string Reason);

/// <summary>Serialisation, made at build time. The default encoder leaves no character in that could end a script.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ReplayLabel[]))]
[JsonSerializable(typeof(ReplayPlotData))]
internal sealed partial class ReplayJson : JsonSerializerContext;
