using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Processes;

/// <summary>What has become of a process; in this order on the way.</summary>
public static class ProcessState
{
    /// <summary>Given to a node, which has not answered yet.</summary>
    public const string Assigned = "assigned";

    /// <summary>The agent starts its worker.</summary>
    public const string Starting = "starting";

    /// <summary>The worker runs.</summary>
    public const string Running = "running";

    /// <summary>The worker crashed and waits for its next start.</summary>
    public const string BackingOff = "backing_off";

    /// <summary>The worker was told to stop.</summary>
    public const string Stopping = "stopping";

    /// <summary>The worker stopped as wished.</summary>
    public const string Stopped = "stopped";

    /// <summary>The worker ended by itself: the stream ended.</summary>
    public const string Ended = "ended";

    /// <summary>The worker crashed too often; the agent tries again slowly.</summary>
    public const string Failed = "failed";

    /// <summary>The node was lost, and the streamer went elsewhere.</summary>
    public const string Lost = "lost";
}

/// <summary>One run of a clip worker for a streamer on a node.</summary>
public sealed record ClipProcess
{
    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>The channel's row.</summary>
    public required Guid StreamerId { get; init; }

    /// <summary>The channel's name when it was assigned.</summary>
    public required string Streamer { get; init; }

    /// <summary>The channel's URL when it was assigned.</summary>
    public required string Url { get; init; }

    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The assignment's number; grows with every assignment of the streamer.</summary>
    public required long Epoch { get; init; }

    /// <summary>Why on this node, in words.</summary>
    public required string Placement { get; init; }

    /// <summary>run or stop.</summary>
    public required string Wished { get; init; }

    /// <summary>One of <see cref="ProcessState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Why it is in this state, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>The worker's process id on its node; null where none runs.</summary>
    public int? Pid { get; init; }

    /// <summary>How often the worker was started again.</summary>
    public required int Restarts { get; init; }

    /// <summary>When the present run of the worker began.</summary>
    public DateTimeOffset? RunStartedAt { get; init; }

    /// <summary>When a crashed worker is started again.</summary>
    public DateTimeOffset? NextStartAt { get; init; }

    /// <summary>What the worker is doing; null before it said anything.</summary>
    public string? Phase { get; init; }

    /// <summary>Why, for people.</summary>
    public required string PhaseReason { get; init; }

    /// <summary>When the worker last said how it is.</summary>
    public DateTimeOffset? WorkerAt { get; init; }

    /// <summary>Chat messages a second over the detector's window.</summary>
    public required double ChatRate { get; init; }

    /// <summary>Chat messages a second over the baseline; 0 until there is one.</summary>
    public required double BaselineRate { get; init; }

    /// <summary>Chat messages since the worker's start.</summary>
    public required long ChatMessages { get; init; }

    /// <summary>Segments seen since the worker's start.</summary>
    public required long Segments { get; init; }

    /// <summary>Bytes of video fetched since the worker's start.</summary>
    public required long Bytes { get; init; }

    /// <summary>Seconds behind the live edge; null where unknown.</summary>
    public double? LagS { get; init; }

    /// <summary>Clips made since the worker's start.</summary>
    public required int Clips { get; init; }

    /// <summary>Moments since the worker's start that were not clipped, as its node had no room for new clips.</summary>
    public required int NotClipped { get; init; }

    /// <summary>Which settings it was told, as 7.3: version 7 of the defaults and 3 of the streamer's own, the newest that changed anything for it; empty: before there were versions.</summary>
    public required string SettingsVersion { get; init; }

    /// <summary>Which of them its worker says that it works by; where it is another one, it has not taken them up yet.</summary>
    public required string SettingsApplied { get; init; }

    /// <summary>Whether its worker runs and has not taken up the settings that it was told.</summary>
    public bool IsBehind => State == ProcessState.Running && SettingsAt is not null && SettingsApplied != SettingsVersion;

    /// <summary>When it was told other settings than those that it began with; null: never.</summary>
    public DateTimeOffset? SettingsAt { get; init; }

    /// <summary>How these differ from the ones before, in words.</summary>
    public required string SettingsChange { get; init; }

    /// <summary>When it was assigned.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was over; null while it is not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>An example.</summary>
    public static ClipProcess Example { get; } = new()
    {
        Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"), StreamerId = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), Streamer = "Ada", Url = "https://www.twitch.tv/ada",
        NodeId = "node-1", Epoch = 3, Placement = "on node-1: least loaded of 4 with room", Wished = "run", State = ProcessState.Running, Reason = "", Pid = 4711, Restarts = 0,
        RunStartedAt = DateTimeOffset.Parse("2026-02-01T08:00:00Z"), Phase = "watching", PhaseReason = "", WorkerAt = DateTimeOffset.Parse("2026-02-01T08:30:00Z"), ChatRate = 4.2,
        BaselineRate = 1.3, ChatMessages = 7214, Segments = 900, Bytes = 61_234_567, LagS = 3.1, Clips = 2, NotClipped = 0,
        SettingsVersion = "7.3", SettingsApplied = "7.3", SettingsChange = "", CreatedAt = DateTimeOffset.Parse("2026-02-01T07:59:58Z"),
    };
}

/// <summary>How one run of a worker ended that nobody asked to end.</summary>
public sealed record ProcessEnding
{
    /// <summary>So many of a process an agent tells at most at once.</summary>
    public const int MostTold = 5;

    /// <summary>With so many lines each.</summary>
    public const int MostLines = 5;

    /// <summary>When the agent saw it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The signal, the exit code or what else it was, in words.</summary>
    public required string Cause { get; init; }

    /// <summary>The last lines of its journal, oldest first.</summary>
    public required string[] LastLines { get; init; }

    /// <summary>An example.</summary>
    public static ProcessEnding Example { get; } = new() { At = DateTimeOffset.Parse("2026-02-01T07:59:00Z"), Cause = "killed by signal 9", LastLines = ["watching: 4.2 messages a second"] };
}

/// <summary>Processes in the database.</summary>
public sealed class ProcessStore(Postgres postgres)
{
    // So many endings a process are kept.
    private const int MostEndings = 50;

    private const string Columns =
        """
        id, streamer_id, streamer_name as streamer, url, node_id, epoch, placement, wished, state, reason, pid, restarts,
        run_started_at, next_start_at, phase, phase_reason, worker_at, chat_rate, baseline_rate, chat_messages, segments,
        bytes, lag_s, clips, not_clipped, settings_version, settings_applied, settings_at, settings_change, created_at, ended_at
        """;

    /// <summary>One process; null where there is none of this id.</summary>
    public Task<ClipProcess?> GetAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<ClipProcess>($"select {Columns} from process where id = @id", new { id }, cancellation);

    /// <summary>The live process of a streamer; null where it runs nowhere.</summary>
    public Task<ClipProcess?> LiveOfAsync(Guid streamer, CancellationToken cancellation) =>
        postgres.FirstAsync<ClipProcess>($"select {Columns} from process where streamer_id = @streamer and wished = 'run'", new { streamer }, cancellation);

    /// <summary>The newest endings of a process, newest first.</summary>
    public Task<IReadOnlyList<ProcessEnding>> EndingsAsync(Guid id, int limit, CancellationToken cancellation) => postgres.ListAsync<ProcessEnding>(
        "select at, cause, last_lines from process_ending where process_id = @id order by at desc limit @limit", new { id, limit }, cancellation);

    /// <summary>Every process that is not over, by streamer; those that are wished first.</summary>
    public Task<IReadOnlyList<ClipProcess>> CurrentAsync(CancellationToken cancellation) => postgres.ListAsync<ClipProcess>(
        $"select {Columns} from process where ended_at is null order by wished, lower(streamer_name), epoch limit 10000", null, cancellation);

    /// <summary>
    /// Removes processes that were over before this, and the cursors of their journals. The clips stay. Of every other process the newest endings stay, which are
    /// more than its agent goes on telling: one that is at war with its worker ends some 300 times a day.
    /// </summary>
    public Task<int> TrimAsync(DateTimeOffset before, CancellationToken cancellation) => postgres.ExecuteAsync(
        """
        delete from journal_cursor c where c.updated_at < @before
            and not exists (select 1 from process p where p.id = c.process_id and (p.ended_at is null or p.ended_at >= @before));
        delete from process where id in (select id from process where ended_at < @before limit 10000);
        delete from process_ending e using (select process_id, at, row_number() over (partition by process_id order by at desc) as nth from process_ending) r
            where r.process_id = e.process_id and r.at = e.at and r.nth > @most;
        """, new { before, most = MostEndings }, cancellation);

    /// <summary>A page of processes.</summary>
    /// <param name="all">Also those that are over.</param>
    /// <param name="streamer">Only those of this streamer; null: of all.</param>
    /// <param name="node">Only those on this node; null: on all.</param>
    /// <param name="order">The order, and where the page begins.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<ClipProcess>> ListAsync(bool all, Guid? streamer, string? node, ListOrder order, int limit, CancellationToken cancellation) =>
        postgres.ListAsync<ClipProcess>(
            $"""
            select {Columns} from process
            where (@all or ended_at is null) and (@streamer::uuid is null or streamer_id = @streamer) and (@node::text is null or node_id = @node) and {order.After}
            order by {order.By} limit @limit
            """, new { all, streamer, node, order.SortValue, order.SortId, limit }, cancellation);
}
