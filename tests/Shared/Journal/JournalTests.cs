using System.Text;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.Shared.Tests.Journal;

public sealed class JournalTests
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
    public void Every_kind_of_line_comes_back_as_it_was_written()
    {
        JournalEntry[] written =
        [
            Log("a line with \"quotes\", \n a line end and ünïcödé 🎉"),
            new StatusEntry { At = At, Phase = WorkerPhase.Watching, ChatRate = 1.5, LagS = null, Bytes = long.MaxValue },
            new SurgeEntry { At = At, ClipId = Guid.NewGuid(), Score = 3.4, Reason = "r", Start = At, End = At.AddSeconds(60) },
            new ClipEntry { At = At, ClipId = Guid.NewGuid(), Name = "n", DurationS = 60, Score = 3.4 },
        ];
        using (var writer = new JournalWriter(_directory))
            foreach (var entry in written) writer.Append(entry);

        var lines = JournalReader.Read(_directory, JournalPosition.Start)!;

        Assert.That(lines.Lines.Select(l => JournalEntry.TryParse(l)), Is.EqualTo(written));
        Assert.That(JournalReader.Read(_directory, lines.To), Is.Null, "nothing is read twice");
    }

    [TestCase("{\"kind\":\"weather\",\"at\":\"2026-01-02T03:04:05Z\"}")]
    [TestCase("{\"kind\":\"log\"}")]
    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("not json")]
    [TestCase("")]
    public void A_line_of_an_unknown_kind_or_garbage_is_no_entry(string line) =>
        Assert.That(JournalEntry.TryParse(Encoding.UTF8.GetBytes(line)), Is.Null);

    [Test]
    public void A_line_without_its_end_waits_until_it_is_whole()
    {
        File.WriteAllText(_directory.JournalFile(1), "one\ntw");
        var first = JournalReader.Read(_directory, JournalPosition.Start)!;
        Assert.That(Texts(first), Is.EqualTo(["one"]));
        Assert.That(JournalReader.Read(_directory, first.To), Is.Null);

        File.AppendAllText(_directory.JournalFile(1), "o\n");

        Assert.That(Texts(JournalReader.Read(_directory, first.To)!), Is.EqualTo(["two"]));
    }

    [Test]
    public void A_torn_line_is_given_up_when_a_later_file_follows()
    {
        File.WriteAllText(_directory.JournalFile(1), "one\ntor");
        File.WriteAllText(_directory.JournalFile(2), "two\n");

        var lines = JournalReader.Read(_directory, JournalPosition.Start)!;

        Assert.That(Texts(lines), Is.EqualTo(["one", "two"]));
        Assert.That(lines.Damaged, Is.EqualTo(1));
        Assert.That(lines.To, Is.EqualTo(new JournalPosition(2, 4)));
    }

    [Test]
    public void A_line_that_is_too_long_is_passed_over_whole_and_counted_once([Values(65_536, 100_000, 262_144, 700_000)] int length)
    {
        File.WriteAllText(_directory.JournalFile(1), "one\n" + new string('x', length) + "\ntwo\n");

        var (lines, damaged) = ReadAll(maxBytes: JournalReader.MaxLineBytes);

        Assert.That(lines, Is.EqualTo(["one", "two"]));
        Assert.That(damaged, Is.EqualTo(1));
    }

    [Test]
    public void The_longest_line_passes_whatever_the_batch()
    {
        var longest = new string('x', JournalReader.MaxLineBytes - 1);
        File.WriteAllText(_directory.JournalFile(1), $"one\n{longest}\ntwo\n");

        var (lines, damaged) = ReadAll(maxBytes: JournalReader.MaxLineBytes);

        Assert.That(lines, Is.EqualTo(["one", longest, "two"]));
        Assert.That(damaged, Is.Zero);
    }

    [Test]
    public void Lines_that_are_not_wanted_are_passed_over_and_take_no_room()
    {
        Directory.CreateDirectory(_directory.Path);
        File.WriteAllText(_directory.JournalFile(1), string.Concat(Enumerable.Range(1, 2000).Select(n => n % 500 == 0 ? $"wanted {n}\n" : $"other {n}\n")) + "wanted, not whole");

        var lines = JournalReader.Read(_directory, JournalPosition.Start, maxLines: 5, only: [.. "wanted"u8])!;

        Assert.That(Texts(lines), Is.EqualTo(["wanted 500", "wanted 1000", "wanted 1500", "wanted 2000"]));
        Assert.That(lines.Damaged, Is.Zero);
        Assert.That(JournalReader.Read(_directory, lines.To, only: [.. "wanted"u8]), Is.Null, "nothing new");
    }

    [Test]
    public void A_file_that_lost_its_end_in_a_power_cut_does_not_stop_the_reader()
    {
        File.WriteAllText(_directory.JournalFile(1), "one\n");
        File.WriteAllText(_directory.JournalFile(3), "two\n");

        Assert.That(Texts(JournalReader.Read(_directory, new(1, 4000))!), Is.EqualTo(["two"]));
    }

    [Test]
    public void A_new_writer_begins_a_new_file_behind_a_torn_one()
    {
        File.WriteAllText(_directory.JournalFile(1), "torn");
        using (var writer = new JournalWriter(_directory)) writer.Append(Log("two"));

        var lines = JournalReader.Read(_directory, JournalPosition.Start)!;

        Assert.That(Messages(lines), Is.EqualTo(["two"]));
        Assert.That(lines.Damaged, Is.EqualTo(1));
    }

    [Test]
    public void A_file_that_has_grown_is_followed_by_the_next_one_and_no_line_is_lost()
    {
        var padding = new string('x', 8000);
        using (var writer = new JournalWriter(_directory))
            for (var i = 0; i < 1500; i++) writer.Append(Log($"{i} {padding}"));

        Assert.That(_directory.JournalFiles(), Is.EqualTo([1, 2, 3]));
        var (lines, _) = ReadAll();
        Assert.That(lines.Select(l => ((LogEntry)JournalEntry.TryParse(Encoding.UTF8.GetBytes(l))!).Message.Split(' ')[0]),
            Is.EqualTo(Enumerable.Range(0, 1500).Select(i => $"{i}")));
    }

    [Test]
    public void A_full_journal_drops_log_lines_but_no_clip_and_says_how_many_once_there_is_room()
    {
        for (var i = 1; i < JournalWriter.MaxFiles; i++) File.WriteAllText(_directory.JournalFile(i), "");
        using var writer = new JournalWriter(_directory);
        var padding = new string('x', 60_000);
        for (var i = 0; i < 71; i++) writer.Append(Log(padding));
        Assert.That(writer.Dropped, Is.EqualTo(1), "the last one found the journal full");

        writer.Append(new ClipEntry { At = At, ClipId = Guid.Empty, Name = "kept", DurationS = 1, Score = 2 });
        writer.Append(Log("lost"));
        File.Delete(_directory.JournalFile(1));
        writer.Append(Log("room"));

        var entries = ReadAll().Lines.Select(l => JournalEntry.TryParse(Encoding.UTF8.GetBytes(l))).ToList();
        Assert.That(entries.OfType<ClipEntry>().Select(c => c.Name), Is.EqualTo(["kept"]));
        Assert.That(entries.OfType<LogEntry>().Select(l => l.Message), Has.None.EqualTo("lost"));
        Assert.That(entries[^2], Is.InstanceOf<LogEntry>().With.Property("Event").EqualTo("journal.dropped").And.Property("Message").StartsWith("1 "));
        Assert.That(entries[^1], Is.InstanceOf<LogEntry>().With.Property("Message").EqualTo("room"));
        Assert.That(writer.Dropped, Is.EqualTo(2));
    }

    [Test]
    public void A_directory_that_is_gone_costs_lines_and_no_exception()
    {
        using var gone = new TemporaryDirectory();
        using var writer = new JournalWriter(new WorkerDirectory(gone["worker"]));
        writer.Dispose();

        Assert.That(() => writer.Append(Log("late")), Throws.Nothing);
        Assert.That(writer.Dropped, Is.EqualTo(1));
    }

    [Test]
    public void Lines_of_many_threads_stay_whole()
    {
        using (var writer = new JournalWriter(_directory))
            Parallel.For(0, 2000, i => writer.Append(Log($"{i}")));

        Assert.That(ReadAll().Lines.Select(l => int.Parse(((LogEntry)JournalEntry.TryParse(Encoding.UTF8.GetBytes(l))!).Message)),
            Is.EquivalentTo(Enumerable.Range(0, 2000)));
    }

    /// <summary>Whatever the bytes and however they arrive, the reader gives the whole lines, in order, once.</summary>
    [Test]
    public void Whatever_is_written_in_whatever_pieces_comes_out_once_and_in_order([Range(1, 60)] int seed)
    {
        var random = new Random(seed);
        var expected = new List<string>();
        var read = new List<string>();
        var at = JournalPosition.Start;
        var files = random.Next(1, 5);
        for (var file = 1; file <= files; file++)
        {
            var (content, lines) = RandomFile(random);
            expected.AddRange(lines);
            for (var written = 0; written < content.Length || content.Length == 0;)
            {
                var piece = Math.Min(random.Next(1, content.Length + 1), content.Length - written);
                File.AppendAllText(_directory.JournalFile(file * 2), content.AsSpan(written, piece), Encoding.Latin1);
                written += piece;
                while (random.Next(3) > 0 && JournalReader.Read(_directory, at, random.Next(1, 6), JournalReader.MaxLineBytes) is { } some)
                {
                    Assert.That(some.From, Is.EqualTo(at));
                    read.AddRange(Texts(some));
                    at = some.To;
                }

                if (content.Length == 0) break;
            }
        }

        File.WriteAllText(_directory.JournalFile((files * 2) + 1), "");
        while (JournalReader.Read(_directory, at, random.Next(1, 6), JournalReader.MaxLineBytes) is { } some)
        {
            read.AddRange(Texts(some));
            at = some.To;
        }

        Assert.That(read, Is.EqualTo(expected), $"seed {seed}");
    }

    private static (string Content, List<string> Lines) RandomFile(Random random)
    {
        var content = new StringBuilder();
        var lines = new List<string>();
        for (var i = random.Next(0, 12); i > 0; i--)
        {
            var length = random.Next(8) == 0 ? random.Next(60_000, 140_000) : random.Next(0, 300);
            var line = string.Create(length, random, (span, r) =>
            {
                foreach (ref var c in span) c = r.Next(256) is var b && b == '\n' ? 'n' : (char)b;
            });
            content.Append(line).Append('\n');
            if (length is > 0 and < JournalReader.MaxLineBytes) lines.Add(line);
        }

        if (random.Next(2) == 0) content.Append('t', random.Next(0, 100));
        return (content.ToString(), lines);
    }

    private static LogEntry Log(string message) => new() { At = At, Level = "info", Event = "test", Message = message };

    private static IEnumerable<string> Texts(JournalLines lines) => lines.Lines.Select(Encoding.Latin1.GetString);

    private static IEnumerable<string> Messages(JournalLines lines) => lines.Lines.Select(l => ((LogEntry)JournalEntry.TryParse(l)!).Message);

    private (List<string> Lines, int Damaged) ReadAll(int maxBytes = 256 << 10)
    {
        var (lines, damaged, at) = (new List<string>(), 0, JournalPosition.Start);
        while (JournalReader.Read(_directory, at, maxBytes: maxBytes) is { } some)
        {
            lines.AddRange(Texts(some));
            damaged += some.Damaged;
            at = some.To;
        }

        return (lines, damaged);
    }
}
