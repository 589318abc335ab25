using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Renditions;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Platforms.Rtmp;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker;

/// <summary>
/// One worker: a platform finds the playlist, the recorder follows it, the chat feeds the detector, and each surge becomes
/// a clip. Runs until the stream ends, it cannot go on, or it is stopped.
/// </summary>
internal sealed class ClipSession : IDisposable
{
    private static readonly TimeSpan RenditionPatience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    // How far back the ring reaches beyond a clip: the stream's delay, and the time that earlier clips take to cut.
    private static readonly TimeSpan RingMargin = TimeSpan.FromSeconds(60);

    private readonly WorkerSpec _spec;
    private readonly CurrentSpec _current;
    private readonly SpecWatch? _told;
    private readonly WorkerOptions _options;
    private readonly IWorkerReport _report;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly HttpClient _client;
    private readonly string _incoming;
    private readonly WorkerEvents _events;
    private readonly StatusBoard _board;
    private readonly ChannelFollower _channel;
    private readonly ChannelRecording _recording;
    private readonly ClipMaker _clips;
    private readonly RenditionMaker _renditions;
    private readonly ChatListener? _chat;
    private readonly ChatRecorder? _chatRecorder;
    private readonly ClipFolder _folder;
    private readonly SessionFolders _folders;
    private readonly ClipPause _pause;

    /// <summary>Puts the parts together; nothing runs yet.</summary>
    /// <param name="spec">What is watched, and how; must be valid.</param>
    /// <param name="choice">Which platform it is on.</param>
    /// <param name="options">The environment.</param>
    /// <param name="folders">Where its files go.</param>
    /// <param name="report">Where it says what it does.</param>
    /// <param name="clock">The time.</param>
    /// <param name="random">The source of jitter; each task gets one of its own from it, as a Random is for one thread.</param>
    public ClipSession(WorkerSpec spec, PlatformChoice choice, WorkerOptions options, SessionFolders folders, IWorkerReport report, TimeProvider clock, Random random)
    {
        (_spec, _current, _options, _report, _clock, _random) = (spec, new(spec), options, report, clock, random);
        var settings = spec.Settings;
        _incoming = Path.Combine(folders.Ring, "incoming");
        _client = StreamHttp.CreateClient(network => new LocalSegments(_incoming, network));
        _events = new(report, clock);
        _pause = new(options.PauseFile, _events);
        _board = new(report, Count, clock);
        var resolver = choice.Resolver(Tools());
        _chat = choice.Chat(Tools()) is { } chat ? new(chat, settings, _events, clock, Surged, _chatRecorder = folders.ChatRecord is { } record ? ChatRecorder.Open(record) : null, report.Append) : null;
        _recording = new(Plan(settings, folders), _chat, _client, _events, clock, new Random(random.Next()));
        (_folder, _folders) = (new(folders.Clips), folders);
        var tools = new MediaTools(clock);
        _renditions = new(_current, new RenditionQueue(folders.RenditionQueue), new(folders.Renditions), options.RenditionLock ?? folders.RenditionLock, new(tools), _events, clock) { Paused = _pause.Look };
        _clips = new(
            _current, _recording, new(_recording.Pictures.Ring, tools, CutLimits.Default) { SoundRing = _recording.Sound.Ring }, _folder,
            new(_current, _folder, folders.OwnsClips), _renditions, report, _events, _board, clock) { Settled = clip => folders.Pending?.Remove(clip) };
        _recording.AnyWaits = () => _clips.AnyWait;
        _channel = new(resolver, _recording, _clips, _chat, new(choice.Stream.Platform.ComesBack, options.PollInterval ?? choice.Stream.Platform.PollInterval), _events, _board, clock, random);
        _told = folders.Spec is { } file ? new(file, _current, Take, () => _clips.IsBusy || _chat is { Rising: true }, _events, clock) : null;
    }

    /// <summary>What the next session is told; null: this one did not end for other settings.</summary>
    public WorkerSpec? Successor { get; private set; }

    private static RecordingNeeds Needs(ClipSettings settings) => new(ChatDetector.LooksBack(settings), ChatDetector.RisesAfter(settings));

    private static RecordingPlan Plan(ClipSettings settings, SessionFolders folders) => new()
    {
        Setting = settings.Recording,
        Needs = Needs(settings),
        Keep = TimeSpan.FromSeconds(Math.Max(ChatDetector.LooksBack(settings).TotalSeconds, settings.MaxClipDuration) + settings.WindowTimespan) + RingMargin,
        Directory = folders.Ring,
        Lasts = folders.OwnsClips,
    };

    private PlatformTools Tools() => new(_options.Endpoints, _spec.Settings.Quality, _client, _clock, new Random(_random.Next()))
    {
        Folder = _incoming,
        Joins = _options.ChatJoins is { } file ? new(file, _clock, new Random(_random.Next())) : null,
    };

    /// <summary>Runs to the end.</summary>
    /// <param name="stop">Asks it to end; the clip that is being cut is finished first.</param>
    /// <returns>Whether it ended well; where not, the last status line says why. There may be a <see cref="Successor"/>.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        using var fetching = new CancellationTokenSource();
        using var chatting = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        using var hard = new CancellationTokenSource();
        using var telling = CancellationTokenSource.CreateLinkedTokenSource(reading.Token);
        Prepare();
        var clips = _clips.RunAsync(hard.Token);
        var renditions = _renditions.RunAsync(reading.Token);
        List<Task> helpers = [clips, renditions, _recording.FetchAsync(fetching.Token), _board.RunAsync(TimeSpan.FromMilliseconds(_spec.StatusIntervalMs), reading.Token)];
        var chat = _chat?.RunAsync(chatting.Token);
        if (chat is not null) helpers.Add(chat);
        else _events.NoChat();
        var told = EndForSettingsAsync(ending, telling.Token);
        helpers.Add(told);

        var failed = await HelperTasks.FirstFaultOrEndAsync(_channel.FollowAsync(reading.Token), helpers, ending.Token);
        // Who is at the end takes no other settings: its last moments and their renditions would be cut off for them.
        await telling.CancelAsync();
        await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (failed is null && _told?.Successor is { } next && !stop.IsCancellationRequested)
        {
            await HandOverAsync(next, helpers, hard, fetching, ending);
            return true;
        }

        await HearTheRestAsync(failed ?? "the stream ended", stop);
        await chatting.CancelAsync();
        if (chat is not null) await chat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await FinishClipsAsync(clips, hard, stop);
        // What becomes of the worker is said before what may take minutes.
        if (failed is not null) _events.Failed(failed);
        _board.Show(failed is null ? WorkerPhase.Ended : WorkerPhase.Failed, failed ?? (stop.IsCancellationRequested ? EndReason.Stopped : "the stream ended"));
        await FinishRenditionsAsync(renditions, stop);
        await fetching.CancelAsync();
        await reading.CancelAsync();
        await Task.WhenAll(helpers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        _recording.Clear();
        return failed is null;
    }

    private async Task EndForSettingsAsync(CancellationTokenSource ending, CancellationToken ct)
    {
        if (_told is null) return;
        await _told.RunAsync(TimeSpan.FromMilliseconds(_spec.StatusIntervalMs), ct);
        await ending.CancelAsync();
    }

    /// <summary>Ends as a kill would, but for what is half written: the next session takes up the segments, and the clips that are not made.</summary>
    private async Task HandOverAsync(WorkerSpec next, List<Task> helpers, params CancellationTokenSource[] all)
    {
        Successor = next;
        _board.Show(WorkerPhase.Resolving, $"begins anew with settings version {next.SettingsVersion}");
        foreach (var one in all) await one.CancelAsync();
        await Task.WhenAll(helpers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Take(ClipSettings settings)
    {
        _chat?.Take(settings);
        _recording.Take(Needs(settings));
    }

    /// <summary>What was said last is decided some time after the stream's end: the end is often its best.</summary>
    private async Task HearTheRestAsync(string reason, CancellationToken stop)
    {
        _clips.StreamOver = true;
        if (_chat is null || stop.IsCancellationRequested) return;
        _board.Show(WorkerPhase.Waiting, $"{reason}; its last moments are being decided");
        await _chat.DecideTheRestAsync(stop);
    }

    /// <summary>Waits for the clips that were wanted: no more video comes. A stop hurries them, also one that comes only now.</summary>
    private async Task FinishClipsAsync(Task clips, CancellationTokenSource hard, CancellationToken stop)
    {
        _clips.Complete(hurry: false);
        await using var hurry = stop.Register(() =>
        {
            _events.Stopping();
            _clips.Complete(hurry: true);
            hard.CancelAfter(StopPatience);
        });
        await clips.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>After the stream's end there is time for what is still to be made of its clips, unless the worker is stopped.</summary>
    private async Task FinishRenditionsAsync(Task renditions, CancellationToken stop)
    {
        _renditions.Complete();
        await renditions.WaitAsync(RenditionPatience, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _chatRecorder?.Dispose();
        _clips.Dispose();
        _renditions.Dispose();
    }

    private void Prepare()
    {
        _events.Started(_spec.Streamer, PlaylistText.ForLogs(_spec.Url));
        _folder.Create();
        if (_folders.OwnsClips) _renditions.RemoveLeftovers(_folder);
        if (_folders.OwnsClips && _folder.RemoveLeftovers() is var removed and > 0) _events.LeftoversRemoved(removed);
        GoOn();
    }

    /// <summary>Takes up what an earlier run of this worker left when it was killed: segments, and surges without their clips.</summary>
    private void GoOn()
    {
        _recording.Open();
        foreach (var surge in _folders.Pending?.TakeUp(_clock.GetUtcNow()) ?? [])
        {
            _events.TakenUp(surge.ClipId, surge.Reason);
            _clips.Want(PendingSurges.Request(surge, _clock.GetTimestamp()));
        }
    }

    private void Surged(ClipRequest request)
    {
        if (_pause.Refuses(request.Surge.Reason)) return;
        var clip = _clips.Want(request);
        var entry = PendingSurges.Entry(request, clip, _clock.GetUtcNow());
        _folders.Pending?.Add(entry);
        _report.Append(entry);
        _events.Surged(request.Surge.Reason);
        if (clip != request.ClipId) _events.Merged(clip);
    }

    private StatusEntry Count()
    {
        _pause.Look();
        var now = _clock.GetUtcNow();
        var chat = _chat?.Level ?? default;
        return new()
        {
            At = now,
            Phase = "",
            Chat = _chat?.Condition ?? "",
            ChatRate = chat.Rate,
            BaselineRate = chat.Baseline,
            ChatMessages = chat.Messages,
            Segments = _recording.Pictures.Index.Seen,
            Bytes = _recording.Bytes,
            LagS = _recording.Pictures.Index.Newest is { } newest ? Math.Round((now + chat.ClockAhead - (newest.Dated ?? newest.Arrived) - newest.Duration).TotalSeconds, 3) : null,
            Clips = _clips.Made,
            NotClipped = _pause.Missed,
            SettingsVersion = _current.Now.SettingsVersion,
            Recording = _recording.Status is { } recording ? WorkerEvents.Name(recording.Decision.Mode) : null,
            LookBackS = _recording.Status?.LookBack is { } back ? Math.Round(back.TotalSeconds, 1) : null,
        };
    }
}
