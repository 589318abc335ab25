using System.ComponentModel;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Playlists;

namespace StreamClips.LiveSite.Video;

/// <summary>Draws a channel's frames in real time, feeds them to the encoder and publishes its segments, while the channel is live.
/// An encoder that dies is replaced; the playlist then shows a discontinuity.</summary>
public sealed partial class Broadcaster(Channel channel, LiveSiteOptions options, TimeProvider time, ILogger<Broadcaster> logger)
{
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    // A machine that slept or stalled this long starts anew at the present instead of racing through the past.
    private const int MaxLagMilliseconds = 20_000;

    private readonly Scene _scene = new(channel.Name, channel.Index, channel.Surges);
    private readonly SoundTrack _sound = new(channel.Surges);
    private readonly Picture _picture = new(Timing.Width, Timing.Height);
    private readonly short[] _samples = new short[Timing.SamplesPerFrame];
    private readonly byte[] _frame = new byte[AviStream.FrameBytes];
    private readonly List<int> _cuts = [];
    private int _run;
    private bool _discontinuous;
    private AdBreak? _lastAdBreak;

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Runs until cancelled.</summary>
    /// <param name="stopping">Ends it; the encoder is killed.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            if (channel.Live is { } broadcast)
                await BroadcastAsync(broadcast, stopping);
            else
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, stopping);
            channel.Tidy();
        }
    }

    private async Task BroadcastAsync(Broadcast broadcast, CancellationToken stopping)
    {
        _discontinuous = false;
        _lastAdBreak = null;
        long? next = null; // null: begin at the next segment boundary of the clock
        while (channel.Live == broadcast)
        {
            (var directory, _run) = broadcast.NewRun();
            _cuts.Clear();
            if (channel.TakeRenumbering())
            {
                broadcast.Playlist.Renumber(time.GetUtcNow());
                _discontinuous = false; // the numbers alone tell of it
            }
            try
            {
                // The 33 bits of a time stamp at 90 kHz are full after 26.5 hours (ISO/IEC 13818-1 section 2.4.3.7).
                var offset = channel.TakeWrap() is { } wrap ? Timing.TimestampWrapSeconds - wrap : 0;
                await using var encoder = Encoder.Start(options.Ffmpeg, directory, channel.Packaging, offset, channel.IsSmall);
                channel.EncoderStarts++;
                channel.EncoderProcessId = encoder.ProcessId;
                next = await RunEncoderAsync(encoder, broadcast, next ?? Timing.NextSegmentBoundary(NowMs), stopping);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or Win32Exception)
            {
                LogEncoderLost(channel.Name, fault.Message);
                next = null;
                await Task.Delay(RestartPause, time, stopping);
            }
            finally
            {
                channel.EncoderProcessId = null;
            }
            _discontinuous = broadcast.Playlist.NextSequence > 0;
        }
    }

    /// <summary>Feeds one encoder. Returns the time of the frame at which the next encoder has to begin, or null: at the present.</summary>
    private async Task<long?> RunEncoderAsync(Encoder encoder, Broadcast broadcast, long firstMs, CancellationToken stopping)
    {
        await encoder.WriteAsync(AviStream.Header(), stopping);
        for (var frameMs = firstMs; channel.Live == broadcast; frameMs += Timing.FrameMilliseconds)
        {
            var onBoundary = frameMs > firstMs && (frameMs - firstMs) % (Timing.SegmentSeconds * 1000) == 0;
            if (onBoundary && channel.TakeEncoderRestart())
            {
                await encoder.FinishAsync(stopping);
                PublishFinished(encoder, broadcast, firstMs);
                if (_cuts.Count > 0) Publish(encoder, broadcast, firstMs);
                return frameMs;
            }
            if (channel.TakeEncoderKill()) encoder.Kill();
            var ahead = frameMs - NowMs;
            if (ahead < -MaxLagMilliseconds)
            {
                LogFellBehind(channel.Name, -ahead);
                return null;
            }
            if (ahead > 0) await Task.Delay(TimeSpan.FromMilliseconds(ahead), time, stopping);
            await WriteFrameAsync(encoder, frameMs, stopping);
            PublishFinished(encoder, broadcast, firstMs);
        }
        return null;
    }

    private async Task WriteFrameAsync(Encoder encoder, long frameMs, CancellationToken stopping)
    {
        if (channel.AdBreakAt(DateTimeOffset.FromUnixTimeMilliseconds(frameMs)) is null)
        {
            _scene.Draw(_picture, frameMs);
            _sound.Fill(_samples, frameMs);
        }
        else
        {
            Scene.DrawAdvertisement(_picture, frameMs);
            _samples.AsSpan().Clear();
        }
        AviStream.WriteFrame(_frame, _picture, _samples);
        try
        {
            await encoder.WriteAsync(_frame, stopping);
        }
        catch (IOException fault)
        {
            throw new IOException($"{fault.Message} ffmpeg said: {encoder.LastErrors()}", fault);
        }
    }

    private void PublishFinished(Encoder encoder, Broadcast broadcast, long firstMs)
    {
        while (encoder.TakeFinishedCut() is { } cut)
        {
            var adBreak = AdBreakAt(firstMs, cut);
            if (_cuts.Count > 0 && AdBreakAt(firstMs, _cuts[0]) != adBreak) Publish(encoder, broadcast, firstMs);
            _cuts.Add(cut);
            if (_cuts.Count >= channel.Packaging.CutsOf(broadcast.Playlist.NextSequence)) Publish(encoder, broadcast, firstMs);
        }
    }

    private AdBreak? AdBreakAt(long firstMs, int cut) => channel.AdBreakAt(StartOf(firstMs, cut));

    private static DateTimeOffset StartOf(long firstMs, int cut) => DateTimeOffset.FromUnixTimeMilliseconds(firstMs + cut * Timing.SegmentSeconds * 1000L);

    /// <summary>Makes one segment of the cuts that wait, and publishes it.</summary>
    private void Publish(Encoder encoder, Broadcast broadcast, long firstMs)
    {
        var adBreak = AdBreakAt(firstMs, _cuts[0]);
        if (adBreak != _lastAdBreak) _discontinuous = broadcast.Playlist.NextSequence > 0;
        _lastAdBreak = adBreak;
        var files = Rendition.All.ToDictionary(r => r.Id, r => encoder.Join(r, _cuts));
        var duration = TimeSpan.FromSeconds(_cuts.Count * Timing.SegmentSeconds);
        var segment = new Segment(StartOf(firstMs, _cuts[0]), duration, _discontinuous, adBreak, files) { Run = _run };
        _cuts.Clear();
        var now = time.GetUtcNow();
        if (channel.Live != broadcast || channel.Faults.Active(FaultKind.Stall, FaultTarget.Playlist, now) is not null)
        {
            Broadcast.DeleteFiles(segment); // the streamer's line is down: these seconds never reach the platform
            _discontinuous = broadcast.Playlist.NextSequence > 0;
            return;
        }
        broadcast.Publish(segment, now);
        _discontinuous = false;
    }

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "The encoder of {Channel} is lost and will be replaced: {Reason}")]
    private partial void LogEncoderLost(string channel, string reason);

    [LoggerMessage(EventId = 102, Level = LogLevel.Warning, Message = "{Channel} fell {Milliseconds} ms behind the clock and starts anew at the present.")]
    private partial void LogFellBehind(string channel, long milliseconds);
}
