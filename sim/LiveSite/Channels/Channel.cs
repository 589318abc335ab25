using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Channels;

/// <summary>A channel of the site: whether it is live, its broadcasts, its moments and its faults.</summary>
public sealed class Channel
{
    private const int BroadcastsKept = 4;

    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly LiveSiteOptions _options;
    private readonly TimeProvider _time;
    private volatile Broadcast[] _broadcasts = [];
    private volatile AdBreak[] _adBreaks = [];
    private long _nextBroadcast = 1;
    private int _encoderRestartsWanted;
    private int _encoderKillsWanted;
    private int _renumberingsWanted;
    private double? _wrapAfterSeconds;

    /// <summary>A channel that is offline.</summary>
    /// <param name="name">Its login name, lower case.</param>
    /// <param name="index">Its place in the list, from 0.</param>
    /// <param name="options">The site's options.</param>
    /// <param name="time">The clock.</param>
    public Channel(string name, int index, LiveSiteOptions options, TimeProvider time)
    {
        Name = name;
        Index = index;
        _options = options;
        _time = time;
        _directory = Path.Combine(options.Data, "channels", name);
        UserId = (50_000_000 + ChannelNames.Hash(name) % 900_000_000).ToString();
        Faults = new FaultBook();
        Packaging = options.Packagings.GetValueOrDefault(name, Packaging.Plain);
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Login name, lower case.</summary>
    public string Name { get; }

    /// <summary>Place in the list, from 0.</summary>
    public int Index { get; }

    /// <summary>The account's number, also the chat room's.</summary>
    public string UserId { get; }

    /// <summary>The moments.</summary>
    public SurgeLog Surges { get; } = new();

    /// <summary>The faults in force.</summary>
    public FaultBook Faults { get; }

    /// <summary>What moderators did in the chat.</summary>
    public Moderation Moderation { get; } = new();

    /// <summary>How its segments are made and wrapped.</summary>
    public Packaging Packaging { get; }

    /// <summary>Signed playlists that were given out before this time are refused.</summary>
    public DateTimeOffset PlaylistsExpiredBefore { get; private set; }

    /// <summary>How often the encoder was started.</summary>
    public int EncoderStarts { get; set; }

    /// <summary>The process id of the running ffmpeg, or null.</summary>
    public int? EncoderProcessId { get; set; }

    /// <summary>The broadcast that is on the air, or null: offline.</summary>
    public Broadcast? Live => _broadcasts.LastOrDefault() is { } last && !last.Playlist.State().Ended ? last : null;

    /// <summary>The newest broadcast, ended or not, or null.</summary>
    public Broadcast? Newest => _broadcasts.LastOrDefault();

    /// <summary>A broadcast by its number, or null.</summary>
    /// <param name="id">The number.</param>
    public Broadcast? FindBroadcast(long id) => Array.Find(_broadcasts, b => b.Id == id);

    /// <summary>Goes live; nothing happens if it is.</summary>
    public void GoOnline()
    {
        lock (_gate)
        {
            if (Live is not null) return;
            var now = _time.GetUtcNow();
            var id = _nextBroadcast++;
            var playlist = new SlidingPlaylist(_options.WindowSegments, _options.Retention);
            _broadcasts = [.. _broadcasts, new Broadcast(id, Path.Combine(_directory, $"{id}"), now, playlist, $"{Name}/{id}", Packaging)];
            Tidy(now);
        }
    }

    /// <summary>Goes offline; nothing happens if it is.</summary>
    public void GoOffline()
    {
        lock (_gate) Live?.End(_time.GetUtcNow());
    }

    /// <summary>Makes something happen on the screen a moment from now.</summary>
    /// <param name="multiplier">How many times the usual rate the chat reaches, more than 1.</param>
    /// <param name="durationSeconds">How long the chat needs to calm down, in seconds.</param>
    public Surge StartSurge(double multiplier, double durationSeconds)
    {
        lock (_gate)
        {
            // Two frames ahead: the frame of the moment has not been drawn, so the banner stands in it for certain.
            var moment = Timing.NextFrame(_time.GetUtcNow().ToUnixTimeMilliseconds() + 2 * Timing.FrameMilliseconds);
            var surge = new Surge(moment, multiplier, durationSeconds);
            Surges.Add(surge);
            return surge;
        }
    }

    /// <summary>Plans an advertisement from the next segment boundary on.</summary>
    /// <param name="duration">Its length; rounded up to whole segments.</param>
    public AdBreak StartAds(TimeSpan duration)
    {
        lock (_gate)
        {
            var start = Timing.NextSegmentBoundary(_time.GetUtcNow().ToUnixTimeMilliseconds() + Timing.FrameMilliseconds);
            var segments = Math.Max(1, Math.Ceiling(duration.TotalSeconds / Timing.SegmentSeconds));
            var adBreak = new AdBreak(DateTimeOffset.FromUnixTimeMilliseconds(start), TimeSpan.FromSeconds(segments * Timing.SegmentSeconds));
            _adBreaks = [.. _adBreaks.Append(adBreak).TakeLast(8)];
            return adBreak;
        }
    }

    /// <summary>The advertisement that runs at an instant, or null.</summary>
    /// <param name="at">The instant.</param>
    public AdBreak? AdBreakAt(DateTimeOffset at) => Array.Find(_adBreaks, a => a.Holds(at));

    /// <summary>Asks for a fresh encoder at the next segment boundary: no picture is lost, but time stamps start anew.</summary>
    /// <param name="wrapAfterSeconds">How long after its start the new one's time stamps wrap; null: not soon.</param>
    public void RequestEncoderRestart(double? wrapAfterSeconds = null)
    {
        lock (_gate) (_wrapAfterSeconds, _encoderRestartsWanted) = (wrapAfterSeconds, 1);
    }

    /// <summary>Asks for a fresh encoder whose segments are numbered from 0, as after a restart of the origin; no tag tells of it.</summary>
    public void RequestRenumbering()
    {
        lock (_gate) (_renumberingsWanted, _encoderRestartsWanted) = (1, 1);
    }

    /// <summary>Asks for a fresh encoder that makes the source's picture smaller, or as large as before.</summary>
    public void RequestResize()
    {
        lock (_gate) (IsSmall, _encoderRestartsWanted) = (!IsSmall, 1);
    }

    /// <summary>Whether the source's picture is smaller than the master playlist says.</summary>
    public bool IsSmall { get; private set; }

    /// <summary>From now on the signed playlists that were given out are refused.</summary>
    public void ExpirePlaylists() => PlaylistsExpiredBefore = _time.GetUtcNow();

    /// <summary>Whether the source is not to be had just now.</summary>
    public bool HidesSource => Faults.Active(FaultKind.LostQuality, FaultTarget.Usher, _time.GetUtcNow()) is not null;

    /// <summary>Takes the wish for numbers that begin anew.</summary>
    public bool TakeRenumbering() => Interlocked.Exchange(ref _renumberingsWanted, 0) == 1;

    /// <summary>Takes the wish for time stamps that wrap soon.</summary>
    public double? TakeWrap()
    {
        lock (_gate)
        {
            var wrap = _wrapAfterSeconds;
            _wrapAfterSeconds = null;
            return wrap;
        }
    }

    /// <summary>Asks for the encoder to be killed at once: up to a segment is lost.</summary>
    public void RequestEncoderKill() => Interlocked.Exchange(ref _encoderKillsWanted, 1);

    /// <summary>Takes the wish for a fresh encoder.</summary>
    public bool TakeEncoderRestart() => Interlocked.Exchange(ref _encoderRestartsWanted, 0) == 1;

    /// <summary>Takes the wish for a killed encoder.</summary>
    public bool TakeEncoderKill() => Interlocked.Exchange(ref _encoderKillsWanted, 0) == 1;

    /// <summary>Deletes ended broadcasts whose segments' time is over.</summary>
    public void Tidy()
    {
        lock (_gate) Tidy(_time.GetUtcNow());
    }

    private void Tidy(DateTimeOffset now)
    {
        var gone = _broadcasts.SkipLast(1).Where((b, i) => b.Playlist.IsGone(now) || i < _broadcasts.Length - BroadcastsKept).ToList();
        if (gone.Count == 0) return;
        _broadcasts = [.. _broadcasts.Except(gone)];
        foreach (var broadcast in gone) broadcast.DeleteAll();
    }
}
