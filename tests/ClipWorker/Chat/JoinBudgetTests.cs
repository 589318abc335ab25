using System.Collections.Concurrent;
using System.Diagnostics;
using StreamClips.ClipWorker.Chat;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>The workers of a node join chats together no faster than one address may. A lock counts by open file, so that many in one process are as many processes.</summary>
[TestFixture]
internal sealed class JoinBudgetTests
{
    private TemporaryDirectory _directory = null!;

    private string Joins => _directory["joins"];

    [SetUp]
    public void MakeDirectory() => _directory = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    [CancelAfter(120_000)]
    public async Task Workers_that_start_at_once_join_no_faster_than_the_platform_allows(CancellationToken ct)
    {
        const int Workers = 60;
        var clock = new ManualClock();
        var joined = new ConcurrentQueue<DateTimeOffset>();
        var all = Task.WhenAll(Enumerable.Range(0, Workers).Select(async i =>
        {
            await Task.Yield();
            await new JoinBudget(Joins, clock, new Random(i)).TakeAsync(ct);
            joined.Enqueue(clock.GetUtcNow());
        }));
        var began = clock.GetUtcNow();
        while (!all.IsCompleted)
        {
            await Eventually.TrueAsync(() => all.IsCompleted || clock.Timers + joined.Count == Workers, "each waits or has joined");
            clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        await all;
        var times = joined.Order().ToList();
        Assert.That(times.Zip(times.Skip(JoinBudget.Most)).Select(p => p.Second - p.First), Is.All.GreaterThanOrEqualTo(JoinBudget.Window - TimeSpan.FromMilliseconds(1)));
        Assert.That(times[^1] - began, Is.LessThan(4 * JoinBudget.Window), "and not much slower either");
    }

    [Test]
    public async Task A_clock_that_is_set_back_and_a_file_that_is_garbage_hold_nobody_up()
    {
        var clock = new ManualClock();
        var budget = new JoinBudget(Joins, clock, new Random(1));
        for (var i = 0; i < JoinBudget.Most; i++) await budget.TakeAsync(CancellationToken.None);
        clock.Step(TimeSpan.FromHours(-1));
        await budget.TakeAsync(CancellationToken.None);
        await File.WriteAllTextAsync(Joins, "no times at all, and more of it than there is room for: " + new string('x', 1000));
        await budget.TakeAsync(CancellationToken.None);
        await new JoinBudget(Path.Combine(_directory.Path, "gone", "joins"), clock, new Random(1)).TakeAsync(CancellationToken.None);
        Assert.That(new FileInfo(Joins).Length, Is.EqualTo(sizeof(long)));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Another_process_that_holds_the_file_is_waited_for_and_one_that_was_killed_is_not(CancellationToken ct)
    {
        await File.WriteAllTextAsync(Joins, "", ct);
        using var other = Process.Start(new ProcessStartInfo("flock", [Joins, "sleep", "600"]))!;
        try
        {
            await Eventually.TrueAsync(() => !CanLock(), "the other process has the lock");
            var taking = new JoinBudget(Joins, TimeProvider.System, new Random(1)).TakeAsync(ct);
            Assert.That(taking.IsCompleted, Is.False);
            other.Kill(entireProcessTree: true);
            await taking;
        }
        finally
        {
            other.Kill(entireProcessTree: true);
            await other.WaitForExitAsync(ct);
        }
    }

    private bool CanLock()
    {
        try
        {
            using var file = new FileStream(Joins, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
