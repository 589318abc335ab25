using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Service;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Leadership;

/// <summary>Two replicas' leadership on one real database. What is written to it as leader is the planner's rows.</summary>
public sealed class LeaseTests
{
    private readonly ManualClock _clock = new();
    private string _connection = null!;
    private Postgres _postgres = null!;
    private LeaseStore _store = null!;
    private Replica _first = null!;
    private Replica _second = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _connection = await TestServer.DatabaseAsync();
        _postgres = new Postgres(_connection);
        _store = new LeaseStore(new Postgres(_connection, LeaseStore.MostConnections));
        (_first, _second) = (new Replica(_store, _clock), new Replica(_store, _clock));
    }

    [TearDown]
    public async Task StopAsync()
    {
        _first.Loop.Dispose();
        _second.Loop.Dispose();
        await _store.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Test]
    public async Task One_replica_leads_and_the_next_one_when_its_lease_has_run_out()
    {
        await _first.LookAsync();
        await _second.LookAsync();
        Assert.That((_first.Term, _second.Term), Is.EqualTo((1L, (long?)null)));
        await _first.LookAsync();
        Assert.That(_first.Term, Is.EqualTo(1), "who leads goes on with its term");

        await RunOutAsync();
        await _second.LookAsync();
        Assert.That(_second.Term, Is.EqualTo(2));
        await _first.LookAsync();
        Assert.That(_first.Term, Is.Null, "who asks to renew hears that another leads");
        await _first.LookAsync();
        Assert.That(_first.Term, Is.Null);
    }

    [Test]
    public async Task What_a_leader_of_old_still_writes_is_refused_and_nothing_of_it_stays()
    {
        await FillAsync();
        await _first.LookAsync();
        var old = _first.Leader.Current!;
        await RunOutAsync();
        await _second.LookAsync();

        // As after a pause: by its own clock its time is not over, and it has heard of nobody else.
        Assert.That(old.Over.IsCancellationRequested, Is.False);
        Assert.That(() => PlanAsync(old), Throws.TypeOf<TermOverException>());

        Assert.That(await CountAsync("select count(*) from process"), Is.Zero);
        Assert.That(await CountAsync("select count(*) from event"), Is.Zero);
        Assert.That((old.Over.IsCancellationRequested, _first.Leader.Current), Is.EqualTo((true, (Term?)null)), "it knows now that it leads no longer");
        await PlanAsync(_second.Leader.Current!);
        Assert.That(await CountAsync("select count(*) from process"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_single_statement_is_refused_too()
    {
        await _first.LookAsync();
        var old = _first.Leader.Current!;
        await RunOutAsync();
        await _second.LookAsync();

        Assert.That(() => Leader.FencedAsync(old, ct => _postgres.ExecuteAsync("update balance set asked_by = 'old'", null, ct), CancellationToken.None), Throws.TypeOf<TermOverException>());

        Assert.That(await CountAsync("select count(*) from balance where asked_by = 'old'"), Is.Zero);
        await _postgres.ExecuteAsync("update balance set asked_by = 'anybody'", null, CancellationToken.None);
        Assert.That(await CountAsync("select count(*) from balance where asked_by = 'anybody'"), Is.EqualTo(1), "the fence is of that flow alone");
    }

    [Test]
    public async Task A_leader_s_open_write_holds_up_the_next_term_and_not_its_own_renewal()
    {
        await _first.LookAsync();
        await using var writing = new NpgsqlConnection(_connection + ";Pooling=false");
        await writing.OpenAsync();
        await using var transaction = await writing.BeginTransactionAsync();
        await LeaseStore.FenceAsync(writing, _first.Leader.Current!, CancellationToken.None);

        Assert.That((await _store.RenewAsync(_first.Leader.Replica, 1, CancellationToken.None)).IsOurs, Is.True);
        await RunOutAsync();
        var takes = _store.TakeAsync(_second.Leader.Replica, CancellationToken.None);
        await Eventually.TrueAsync(
            async () => await CountAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0, "it waits for the write");
        Assert.That(takes.IsCompleted, Is.False);
        await transaction.CommitAsync();

        Assert.That((await takes).Term, Is.EqualTo(2));
    }

    [Test]
    public async Task A_leader_that_cannot_renew_stops_by_its_own_clock_before_another_may_lead()
    {
        await _first.LookAsync();
        var term = _first.Leader.Current!;
        _clock.Advance(LeasePlan.LeadsFor - TimeSpan.FromMilliseconds(1));
        Assert.That(_first.Term, Is.EqualTo(1));
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That(_first.Term, Is.Null);
        Assert.That(LeasePlan.LeadsFor, Is.LessThan(LeasePlan.Length));
        Assert.That((await _store.LookAsync(CancellationToken.None)).Remaining, Is.GreaterThan(TimeSpan.Zero), "nobody else could lead yet");
        Assert.That(() => PlanAsync(term), Throws.TypeOf<TermOverException>());
        await _first.LookAsync();
        Assert.That(_first.Term, Is.EqualTo(2), "its own lease it may take again at once, with a new term");
    }

    [Test]
    public async Task A_renewal_counts_from_when_it_was_asked_for()
    {
        await _first.LookAsync();
        _clock.Advance(LeasePlan.RenewEvery);
        await _first.LookAsync();
        _clock.Advance(LeasePlan.LeadsFor - TimeSpan.FromMilliseconds(1));
        Assert.That(_first.Term, Is.EqualTo(1));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(_first.Term, Is.Null);
    }

    [Test]
    public async Task Work_begins_with_each_term_and_ends_with_it()
    {
        using var stop = new CancellationTokenSource();
        var begun = 0;
        var work = _first.Leader.RunAsync(async ct =>
        {
            Interlocked.Increment(ref begun);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        }, stop.Token);
        Assert.That(begun, Is.Zero, "nobody leads yet");

        await _first.LookAsync();
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) == 1, "it works");
        _clock.Advance(LeasePlan.LeadsFor);
        await _first.LookAsync();
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) == 2, "it works again, in the next term");
        await stop.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => work.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Test]
    public async Task An_orderly_stop_gives_the_lease_back()
    {
        using var loop = new LeaderLoop(_first.Leader, _store, new ChangeSignal(), new ControlPlanePulse(TimeProvider.System), TimeProvider.System, NullLogger<LeaderLoop>.Instance);
        await loop.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => _first.Term is not null, "it leads");
        await loop.StopAsync(CancellationToken.None);

        await _second.LookAsync();

        Assert.That((_first.Term, _second.Term), Is.EqualTo(((long?)null, 2L)));
    }

    [TestCase("update lease set term = term - 1")]
    [TestCase("update lease set holder = 'somebody else'")]
    [TestCase("delete from lease")]
    [TestCase("truncate lease")]
    [TestCase("insert into lease (term, holder, expires_at) values (7, '', now())")]
    public async Task The_term_only_grows_whoever_tries(string sql)
    {
        await _first.LookAsync();

        Assert.That(() => _postgres.ExecuteAsync(sql, null, CancellationToken.None), Throws.InstanceOf<PostgresException>());

        Assert.That(await CountAsync("select term from lease"), Is.EqualTo(1));
    }

    [Test]
    public void Waits_are_as_long_as_the_lease_of_another_and_never_long()
    {
        var theirs = new LeaseSeen(1, "x", TimeSpan.FromMilliseconds(300), IsOurs: false);
        Assert.That(LeasePlan.Wait(theirs, 0), Is.EqualTo(TimeSpan.FromMilliseconds(310)));
        Assert.That(LeasePlan.Wait(theirs, 1), Is.EqualTo(TimeSpan.FromMilliseconds(510)), "drawn apart");
        Assert.That(LeasePlan.Wait(theirs with { Remaining = LeasePlan.Length }, 0), Is.EqualTo(TimeSpan.FromMilliseconds(1010)), "one that was given back is found");
        Assert.That(LeasePlan.Wait(theirs with { Remaining = -LeasePlan.Length }, 0), Is.EqualTo(TimeSpan.FromMilliseconds(10)));
        Assert.That(LeasePlan.Wait(theirs with { IsOurs = true }, 1), Is.EqualTo(LeasePlan.RenewEvery));
        Assert.That(LeasePlan.Wait(null, 0), Is.EqualTo(TimeSpan.FromMilliseconds(250)));
        Assert.That(LeasePlan.Wait(null, 1), Is.EqualTo(TimeSpan.FromMilliseconds(750)));
    }

    private Task PlanAsync(Term term) => Leader.FencedAsync(
        term, ct => new AssignmentStore(_postgres, NullLogger<AssignmentStore>.Instance).PlanAsync(_clock.GetUtcNow(), null, ct), CancellationToken.None);

    private Task RunOutAsync() => _postgres.ExecuteAsync("update lease set expires_at = clock_timestamp()", null, CancellationToken.None);

    private Task FillAsync() => _postgres.ExecuteAsync(
        """
        insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 50, 'ready', @at, @at, @at);
        insert into streamer (id, name, url, active, created_at, updated_at) values (gen_random_uuid(), 'alpha', 'https://www.twitch.tv/alpha', true, @at, @at);
        """, new { at = _clock.GetUtcNow() }, CancellationToken.None);

    private async Task<long> CountAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        return await connection.ExecuteScalarAsync<long>(sql);
    }

    private sealed class Replica
    {
        public Replica(LeaseStore store, TimeProvider clock) => Loop = new LeaderLoop(Leader, store, new ChangeSignal(), new ControlPlanePulse(clock), clock, NullLogger<LeaderLoop>.Instance);

        public Leader Leader { get; } = new();

        public LeaderLoop Loop { get; }

        public long? Term => Leader.Current?.Number;

        public Task LookAsync() => Loop.RunOnceAsync(CancellationToken.None);
    }
}
