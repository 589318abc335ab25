using System.Text;
using StreamClips.NodeAgent.Shipping;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Shipping;

public sealed class JournalTailTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private TemporaryDirectory _temporary = null!;
    private WorkerDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory()
    {
        _temporary = new TemporaryDirectory();
        _directory = new WorkerDirectory(_temporary.Path);
    }

    [TearDown]
    public void RemoveDirectory() => _temporary.Dispose();

    [Test]
    public void Status_lines_are_taken_for_the_status_and_not_sent()
    {
        Write(Status("watching"), Log("1"), Status("clipping"), Log("2"));
        var tail = new JournalTail(_directory);

        Assert.That(tail.Poll());
        var draft = tail.Next()!;

        Assert.That(tail.LastStatus!.Phase, Is.EqualTo("clipping"));
        Assert.That(Messages(draft), Is.EqualTo(["1", "2"]));
        Assert.That(draft.From, Is.EqualTo(JournalPosition.Start));
    }

    [Test]
    public void A_journal_of_status_lines_alone_sends_nothing_and_is_drained()
    {
        Write(Status("watching"), Status("watching"));
        var tail = new JournalTail(_directory);

        Assert.That(tail.Next(), Is.Null);
        Assert.That(tail.IsDrained());
    }

    [Test]
    public void One_batch_is_on_its_way_at_a_time_and_the_next_begins_where_it_was_acknowledged()
    {
        Write(Log("1"));
        var tail = new JournalTail(_directory);
        var first = tail.Next()!;
        Write(Log("2"));
        Assert.That(tail.Next(), Is.Null);
        Assert.That(tail.IsDrained(), Is.False);

        tail.Acknowledge(first.To);

        var second = tail.Next()!;
        Assert.That(second.From, Is.EqualTo(first.To));
        Assert.That(Messages(second), Is.EqualTo(["2"]));
        tail.Acknowledge(second.To);
        Assert.That(tail.IsDrained());
    }

    [Test]
    public void What_was_sent_and_not_acknowledged_is_sent_again_after_a_break()
    {
        Write(Log("1"));
        var tail = new JournalTail(_directory);
        tail.Next();

        tail.Rewind();

        Assert.That(Messages(tail.Next()!), Is.EqualTo(["1"]));
    }

    [Test]
    public void An_acknowledgement_moves_the_cursor_wherever_it_says([Values] bool forward)
    {
        Write(Log("1"));
        var one = new FileInfo(_directory.JournalFile(1)).Length;
        Write(Log("2"));
        var two = new FileInfo(_directory.JournalFile(2)).Length;
        var tail = new JournalTail(_directory);
        tail.Next();

        tail.Acknowledge(forward ? new(2, two) : new(1, one));

        Assert.That(tail.Next() is { } next ? Messages(next) : [], forward ? Is.Empty : Is.EqualTo(["2"]));
    }

    [Test]
    public void The_cursor_is_remembered_and_a_damaged_memory_begins_again()
    {
        Write(Log("1"));
        var tail = new JournalTail(_directory);
        tail.Acknowledge(tail.Next()!.To);
        Write(Log("2"));

        Assert.That(Messages(new JournalTail(_directory).Next()!), Is.EqualTo(["2"]));

        File.WriteAllText(Path.Combine(_directory.Path, JournalTail.AckFileName), "{ torn");
        Assert.That(Messages(new JournalTail(_directory).Next()!), Is.EqualTo(["1", "2"]));
    }

    [Test]
    public void Files_go_when_they_are_acknowledged_whole_and_the_last_one_stays()
    {
        for (var i = 0; i < 4; i++) Write(Log($"{i}"));
        var tail = new JournalTail(_directory);
        tail.Poll();

        tail.Acknowledge(new(3, 0));
        Assert.That(_directory.JournalFiles(), Is.EqualTo([3, 4]));

        tail.Acknowledge(new(5, 0));
        Assert.That(_directory.JournalFiles(), Is.EqualTo([4]), "a new writer numbers its file by it");
    }

    [Test]
    public void A_talkative_idle_worker_moves_its_cursor_so_that_its_files_can_go()
    {
        using (var writer = new JournalWriter(_directory))
            for (var i = 0; i < 2000; i++) writer.Append(Status("watching") with { Reason = new string('r', 600) });
        var tail = new JournalTail(_directory);

        var draft = tail.Next()!;

        Assert.That(draft.Lines, Is.Empty);
        Assert.That(draft.To.Offset, Is.GreaterThan(JournalTail.SilentBytes));
    }

    [Test]
    public void A_batch_holds_at_most_2000_lines_with_the_one_that_tells_of_loss()
    {
        Write([.. Enumerable.Range(0, 4400).Select(i => Log($"{i}"))]);
        var tail = new JournalTail(_directory);
        var sizes = new List<int>();
        while (tail.Next() is { } draft)
        {
            sizes.Add(draft.Lines.Count);
            tail.Acknowledge(draft.To);
        }

        Assert.That(sizes, Is.EqualTo([1999, 1999, 402]));
    }

    [Test]
    public void Log_lines_above_the_rate_are_dropped_and_counted_and_no_others_also_when_they_are_sent_again()
    {
        var clip = new ClipEntry { At = At, ClipId = Guid.NewGuid(), Name = "c", DurationS = 1, Score = 2 };
        Write([.. Enumerable.Range(0, 30).Select(i => Log($"{i}")), clip, Log("late") with { At = At.AddSeconds(2) }]);
        var tail = new JournalTail(_directory, new(LinesPerSecond: 1, Burst: 10));

        for (var time = 0; time < 2; time++)
        {
            var entries = tail.Next()!.Lines.Select(l => JournalEntry.TryParse(l)!).ToList();
            Assert.That(entries.OfType<LogEntry>().Take(11).Select(l => l.Message), Is.EqualTo([.. Enumerable.Range(0, 10).Select(i => $"{i}"), "late"]));
            Assert.That(entries.OfType<ClipEntry>().Count(), Is.EqualTo(1));
            Assert.That((LogEntry)entries[^1], Has.Property("Event").EqualTo(JournalTail.Limited).And.Property("Message").StartsWith("20 log lines dropped here"));
            tail.Rewind();
        }
    }

    [Test]
    public void A_flood_that_never_ends_still_moves_on_and_what_was_written_slowly_passes_however_late()
    {
        Write([.. Enumerable.Range(0, 40_000).Select(i => Log($"{i}"))]);
        Write([.. Enumerable.Range(0, 5000).Select(i => Log($"slow {i}") with { At = At.AddSeconds(1000 + i) })]);
        var tail = new JournalTail(_directory, new(LinesPerSecond: 2, Burst: 100));
        var (kept, dropped) = (new List<string>(), 0);
        while (tail.Next() is { } draft)
        {
            foreach (var entry in draft.Lines.Select(l => (LogEntry)JournalEntry.TryParse(l)!))
            {
                if (entry.Event == JournalTail.Limited) dropped += int.Parse(entry.Message.Split(' ')[0]);
                else kept.Add(entry.Message);
            }

            Assert.That(draft.Lines, Has.Count.LessThanOrEqualTo(JournalTail.MostLines));
            tail.Acknowledge(draft.To);
        }

        Assert.That(dropped, Is.EqualTo(39_900));
        Assert.That(kept, Is.EqualTo([.. Enumerable.Range(0, 100).Select(i => $"{i}"), .. Enumerable.Range(0, 5000).Select(i => $"slow {i}")]));
    }

    [Test]
    public void What_was_dropped_before_a_file_that_cannot_be_read_is_told_once_it_can()
    {
        var tail = new JournalTail(_directory, new(LinesPerSecond: 1, Burst: 10));
        Write([.. Enumerable.Range(0, 10).Select(i => Log($"{i}"))]);
        tail.Acknowledge(tail.Next()!.To);
        Write([.. Enumerable.Range(0, 2500).Select(i => Log($"{i}"))]);
        File.CreateSymbolicLink(_directory.JournalFile(3), "nowhere");
        Assert.That(() => tail.Next(), Throws.InstanceOf<IOException>());

        File.Delete(_directory.JournalFile(3));

        Assert.That(Messages(tail.Next()!).Single(), Does.StartWith("2500 log lines dropped"));
    }

    [Test]
    public void A_clock_that_was_set_back_does_not_count_as_a_flood()
    {
        var lines = Enumerable.Range(0, 30).Select(i => Log("flood") with { At = At.AddHours(1) });
        Write([.. lines, .. Enumerable.Range(0, 20).Select(i => Log("slow") with { At = At.AddSeconds(i) })]);

        var kept = Messages(new JournalTail(_directory, new(LinesPerSecond: 1, Burst: 10)).Next()!).ToList();

        Assert.That((kept.Count(m => m == "flood"), kept.Count(m => m == "slow")), Is.EqualTo((10, 19)));
    }

    [Test]
    public void A_new_file_behind_a_gap_in_the_numbers_is_found()
    {
        Write(Status("watching"));
        var tail = new JournalTail(_directory);
        tail.Poll();
        File.WriteAllBytes(_directory.JournalFile(9), [.. Status("ended").ToUtf8(), (byte)'\n']);

        for (var i = 0; i < 64; i++) tail.Poll();

        Assert.That(tail.LastStatus!.Phase, Is.EqualTo("ended"));
    }

    private static LogEntry Log(string message) => new() { At = At, Level = "info", Event = "test", Message = message };

    private static StatusEntry Status(string phase) => new() { At = At, Phase = phase };

    private static IEnumerable<string> Messages(JournalDraft draft) =>
        draft.Lines.Select(l => ((LogEntry)JournalEntry.TryParse(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(l)))!).Message);

    /// <summary>Each call is a new writer, and so a new file.</summary>
    private void Write(params JournalEntry[] entries)
    {
        using var writer = new JournalWriter(_directory);
        foreach (var entry in entries) writer.Append(entry);
    }
}
