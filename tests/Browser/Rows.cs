using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.Browser.Tests;

/// <summary>Rows as a control plane at work has them: a node, channels in every state, clips with files, a log.</summary>
internal static class Rows
{
    /// <summary>A channel that reads its chat.</summary>
    public static readonly Guid Watching = new("01990000-0000-7000-8000-000000000001");

    /// <summary>A channel in the middle of a surge.</summary>
    public static readonly Guid Clipping = new("01990000-0000-7000-8000-000000000002");

    /// <summary>The process of <see cref="Watching"/>.</summary>
    public static readonly Guid WatchingProcess = Process(Watching);

    /// <summary>A name that would run as a script where it is not escaped.</summary>
    public const string NastyName = "<script>alert('x')</script> & \"Søn\"";

    private static readonly Guid[] Others =
        [.. Enumerable.Range(3, 5).Select(n => new Guid($"01990000-0000-7000-8000-{n:000000000000}"))];

    /// <summary>The id of a channel's process.</summary>
    public static Guid Process(Guid streamer) => new(streamer.ToString().Replace("01990000", "01990001", StringComparison.Ordinal));

    /// <summary>Adds everything.</summary>
    /// <param name="site">Where to.</param>
    /// <param name="clips">How many clips.</param>
    /// <param name="lines">How many log lines.</param>
    public static async Task AddAsync(Site site, int clips = 3, int lines = 40)
    {
        // Not ready yet, so that nothing is assigned between the rows.
        await NodeAsync(site, "node-1", ready: false, capacity: 5);
        await NodeAsync(site, "node-2", ready: false, capacity: 4);
        await StreamerAsync(site, Watching, "Nightowl", true);
        await StreamerAsync(site, Clipping, "PixelPanda", true, """{"surge_threshold": 3}""");
        await StreamerAsync(site, Others[0], "RetroRae", true);
        await StreamerAsync(site, Others[1], "SpeedySue", true);
        await StreamerAsync(site, Others[2], NastyName, true);
        await StreamerAsync(site, Others[3], "Zelda late at night", true);
        await StreamerAsync(site, Others[4], "Off for now", false);
        await ProcessAsync(site, Watching, "Nightowl", "running", "watching", "", 4.2, 3.9, ClipSettings.Default);
        await ProcessAsync(site, Clipping, "PixelPanda", "running", "clipping", "", 21.4, 5.8, ClipSettings.Default with { SurgeThreshold = 3 });
        await ProcessAsync(site, Others[0], "RetroRae", "running", "waiting", "The channel is offline; looked at again every 30 s", 0, 0, ClipSettings.Default);
        await ProcessAsync(site, Others[1], "SpeedySue", "backing_off", null, "Exit code 1: the playlist answered 500 three times; starts again in 8 s", 0, 0, ClipSettings.Default);
        await ProcessAsync(site, Others[2], NastyName, "failed", "failed", "Crashed 5 times in 10 minutes: no stream behind the address", 0, 0, ClipSettings.Default);
        await site.ExecuteAsync("update node set state = 'ready', last_seen_at = now() + interval '1 day', disk_free_bytes = 92000000000, unshipped_clips = 0 where id = 'node-1'");

        // In the middle of an hour, so that "2 h ago" stays true while a test looks.
        for (var i = 0; i < clips; i++)
            await ClipAsync(site, Guid.CreateVersion7(), i % 2 == 0 ? Clipping : Watching, i % 2 == 0 ? "PixelPanda" : "Nightowl", minutesAgo: 150 + (i * 60));
        for (var i = 0; i < lines; i++)
        {
            var (level, text) = (i % 9) switch
            {
                0 => (2, "the playlist is 4.1 s late"),
                5 => (3, "segment 1042 answered 404: 2.0 s of the clip are missing"),
                _ => (1, $"chat: {i * 37} messages so far"),
            };
            await LogAsync(site, Watching, level, text, secondsAgo: (lines - i) * 7);
        }
    }

    public static Task NodeAsync(Site site, string id, bool ready, int capacity) => site.ExecuteAsync(
        """
        insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at, load_1m,
                          memory_total_bytes, memory_available_bytes, disk_total_bytes, disk_free_bytes, unshipped_clips)
        values (@id, @id || '.example', '0.1.0', 'b', @capacity, @state, now() - interval '2 days', now() - interval '5 hours',
                -- One that must stay ready is heard for ever: nobody speaks for it here.
                now() + (case when @ready then interval '1 day' else interval '-7 minutes' end),
                1.4, 8200000000, 5100000000, 160000000000, (case when @ready then 92000000000 else 9000000000 end), (case when @ready then 0 else 2 end))
        """, new { id, capacity, ready, state = ready ? "ready" : "lost" });

    public static Task StreamerAsync(Site site, Guid id, string name, bool active, string settings = "{}") => site.ExecuteAsync(
        """
        insert into streamer (id, name, url, active, settings, last_epoch, created_at, updated_at)
        values (@id, @name, 'https://www.twitch.tv/' || left(md5(@name), 12), @active, @settings::jsonb, 1, now(), now())
        """, new { id, name, active, settings });

    public static Task ProcessAsync(
        Site site, Guid streamer, string name, string state, string? phase, string reason, double rate, double baseline, ClipSettings settings) => site.ExecuteAsync(
        """
        insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, reason, revision, pid, restarts,
                             run_started_at, phase, phase_reason, worker_at, chat_rate, baseline_rate, chat_messages, segments, bytes, lag_s, clips, created_at)
        select @id, @streamer, 'node-1', 1, name, url, @settings::jsonb, 'node-1 has the most room: 5 of 5 places free', 'run', @state,
               case when @state = 'running' then '' else @reason end, 1, 4711, @restarts, now() - interval '83 minutes', @phase,
               case when @state = 'running' then @reason else '' end, now(), @rate, @baseline, 18211, 2490, 812345678, 4.1, 2, now() - interval '2 hours'
        from streamer where id = @streamer
        """, new { id = Process(streamer), streamer, name, state, phase, reason, rate, baseline, settings = settings.ToJson(), restarts = state == "running" ? 0 : 3 });

    public static Task LogAsync(Site site, Guid streamer, int level, string message, int secondsAgo = 0) => site.ExecuteAsync(
        """
        select ensure_day('log_line', ((now() - make_interval(secs => @secondsAgo)) at time zone 'UTC')::date);
        insert into log_line (at, process_id, streamer_id, node_id, level, event, message)
        values (now() - make_interval(secs => @secondsAgo), @process, @streamer, 'node-1', @level, 'worker.said', @message);
        select pg_notify('streamclips', 'logs');
        """, new { process = Process(streamer), streamer, level, message, secondsAgo });

    /// <summary>Minutes of chat up to now, calm but for a surge now and then.</summary>
    public static async Task ChatAsync(Site site, Guid streamer, int minutes)
    {
        var began = new DateTimeOffset(TimeProvider.System.GetUtcNow().Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero).AddMinutes(-minutes);
        for (var minute = 0; minute < minutes; minute++)
        {
            var (packer, from) = (new ChatPacker(), began.AddMinutes(minute));
            for (var second = 0; second < 60; second++)
            {
                var said = 3 + (minute * 60 + second) * 7 % 4 + (minute % 17 == 11 ? Math.Max(0, 24 - Math.Abs(second - 30)) : 0);
                packer.Add(new() { At = from.AddSeconds(second), Said = said, Counted = said, Weight = -5 });
            }

            await site.ExecuteAsync(
                """
                select ensure_day('chat_rate', (@from at time zone 'UTC')::date);
                insert into chat_rate (at, process_id, began, number, until_tick, ended, version, written_at, seconds)
                values (@from, @process, @began, @minute, @until, false, @version, @from, @seconds)
                """, new { from, process = Process(streamer), began, minute, until = from.AddMinutes(1).Ticks, version = ChatPacker.Version, seconds = packer.Take() });
        }
    }

    /// <summary>A clip of 12 s whose moment is 5 s after its start, with its files in storage.</summary>
    public static async Task ClipAsync(Site site, Guid id, Guid streamer, string name, double minutesAgo)
    {
        var directory = Path.Combine(site.StoragePath, "clips");
        Directory.CreateDirectory(directory);
        File.Copy(Surroundings.Clip.Video, Path.Combine(directory, $"{id}.mp4"));
        File.Copy(Surroundings.Clip.Poster, Path.Combine(directory, $"{id}.jpg"));
        var start = TimeProvider.System.GetUtcNow().AddMinutes(-minutesAgo);
        var sidecar = Sidecar(id, streamer, name, start);
        await site.ExecuteAsync(
            """
            insert into clip (id, process_id, streamer_id, node_id, streamer, url, epoch, started_at, ended_at, moment_at, peak_at, triggered_at, duration_s,
                              lost_s, score, reason, detector, format, size_bytes, sidecar, saved_at)
            values (@id, @process, @streamer, 'node-1', @name, 'https://www.twitch.tv/x', 1, @Start, @End, @Moment, @Peak, @TriggeredAt, @DurationS,
                    0, @Score, @Reason, 'surge', @Format, @size, @json::jsonb, @End)
            """,
            new
            {
                id, streamer, process = Process(streamer), name, sidecar.Start, sidecar.End, sidecar.Moment, sidecar.Peak, sidecar.TriggeredAt, sidecar.DurationS,
                sidecar.Score, sidecar.Reason, sidecar.Format, size = new FileInfo(Surroundings.Clip.Video).Length, json = sidecar.ToJson(),
            });
        foreach (var (kind, extension, path) in new[] { ("video", "mp4", Surroundings.Clip.Video), ("poster", "jpg", Surroundings.Clip.Poster) })
        {
            await site.ExecuteAsync(
                "insert into clip_file (clip_id, kind, key, size_bytes, sha256) values (@id, @kind, @key, @size, md5(@key) || md5(@kind))",
                new { id, kind, key = $"clips/{id}.{extension}", size = new FileInfo(path).Length });
        }
    }

    private static ClipSidecar Sidecar(Guid id, Guid streamer, string name, DateTimeOffset start) => new()
    {
        ClipId = id,
        ProcessId = Process(streamer),
        StreamerId = streamer,
        Streamer = name,
        Url = "https://www.twitch.tv/x",
        Epoch = 1,
        Start = start,
        End = start.AddSeconds(12),
        Moment = start.AddSeconds(5),
        Peak = start.AddSeconds(8),
        TriggeredAt = start.AddSeconds(9),
        WantedStart = start,
        WantedEnd = start.AddSeconds(12),
        DurationS = 12,
        TimeSource = "program-date-time",
        UncertaintyS = 1.2,
        Score = 3.7,
        Reason = "21.4 messages a second against 5.8 usual: 3.7 times as many",
        Detector = "surge",
        Settings = ClipSettings.Default,
        Format = "640x360 h264/aac",
        Rates = [.. Enumerable.Range(-40, 80).Select(s => new RatePoint(start.AddSeconds(s), 5.5 + Math.Sin(s) + (16 * Math.Exp(-Math.Pow((s - 8) / 5.0, 2))), 5.8))],
        TopWords = [new("KEKW", 214), new("LUL", 120), new("no way", 61), new("<b>clip it</b>", 12)],
        Files = [],
    };
}
