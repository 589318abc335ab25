using System.Text.Json;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// Writes a page that shows a chat: its rate, what the detector holds for usual, the clips and the marked highlights, over
/// time, to zoom and drag. One file, which asks no network for anything. However long the chat, it keeps at most
/// <see cref="MostPoints"/> points: when they are used up, each two become one.
/// </summary>
internal sealed class ReplayPlot(string file, string chat, ClipSettings settings, IReadOnlyList<ReplayLabel> labels) : IReplayOutput
{
    /// <summary>The most points of a line.</summary>
    public const int MostPoints = 40_000;

    private readonly List<ReplayPlotClip> _clips = [];
    private double[] _messages = new double[256];
    private double[] _usual = new double[256];
    private double _first = double.NaN;
    private double _step = 1;
    private int _points;

    /// <inheritdoc/>
    public void Heard(in ChatMessage message, RateSample? sample) => Heard(message.At, 1, sample);

    /// <inheritdoc/>
    public void Heard(in ChatSecond second, RateSample? sample) => Heard(second.At, second.Said, sample);

    private void Heard(DateTimeOffset time, int messages, RateSample? sample)
    {
        var at = FileClock.Seconds(time);
        if (double.IsNaN(_first)) _first = Math.Floor(at);
        if (at < _first) return;
        while ((at - _first) / _step >= MostPoints) Halve();
        var point = (int)((at - _first) / _step);
        if (point >= _messages.Length)
        {
            Array.Resize(ref _messages, Math.Min(MostPoints, Math.Max(point + 1, 2 * _messages.Length)));
            Array.Resize(ref _usual, _messages.Length);
        }

        // Where nobody says anything the usual rate is drawn as it was.
        for (; _points <= point; _points++) _usual[_points] = _points > 0 ? _usual[_points - 1] : 0;
        _messages[point] += messages;
        if (sample is { } latest) _usual[point] = latest.Mean / settings.WindowTimespan;
    }

    /// <inheritdoc/>
    public void Clip(DetectedSurge surge) => _clips.Add(new(
        FileClock.Seconds(surge.Start),
        FileClock.Seconds(surge.End),
        FileClock.Seconds(surge.Moment),
        FileClock.Seconds(surge.Peak),
        FileClock.Seconds(surge.TriggeredAt),
        surge.Score,
        surge.Reason));

    /// <inheritdoc/>
    public void End()
    {
        var data = new ReplayPlotData(
            Path.GetFileName(chat),
            settings.Detector,
            _step,
            double.IsNaN(_first) ? 0 : _first,
            [.. _messages.Take(_points).Select(m => Math.Round(m / _step, 5))],
            [.. _usual.Take(_points).Select(u => Math.Round(u, 5))],
            _clips,
            labels);
        using var page = new StreamReader(typeof(ReplayPlot).Assembly.GetManifestResourceStream("ReplayPlot.html")!);
        File.WriteAllText(file, page.ReadToEnd().Replace("/*DATA*/", JsonSerializer.Serialize(data, ReplayJson.Default.ReplayPlotData), StringComparison.Ordinal));
    }

    private void Halve()
    {
        for (var i = 0; i < _points; i += 2)
        {
            _messages[i / 2] = _messages[i] + (i + 1 < _points ? _messages[i + 1] : 0);
            _usual[i / 2] = _usual[i];
        }

        var kept = (_points + 1) / 2;
        Array.Clear(_messages, kept, _messages.Length - kept);
        _points = kept;
        _step *= 2;
    }
}
