using StreamClips.ControlPlane.Partitions;

namespace StreamClips.ControlPlane.Tests.Partitions;

public sealed class RetentionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 20, 0, 30, 0, TimeSpan.Zero);

    [Test]
    public void A_day_goes_when_its_last_line_is_too_old()
    {
        var table = new DayTable("log_line", KeepDays: 3);

        var due = Retention.Due(table, [Day(15), Day(16), Day(17), Day(20), Day(21)], Now);

        Assert.That(Names(due), Is.EqualTo((string[])["log_line_20260315", "log_line_20260316"]));
    }

    [Test]
    public void What_is_too_much_goes_oldest_first_until_it_fits_and_never_the_present_day()
    {
        var days = new[] { Day(18, 40), Day(19, 40), Day(20, 40), Day(21, 0) };

        Assert.That(Names(Retention.Due(new("log_line", 14, KeepBytes: 100), days, Now)), Is.EqualTo((string[])["log_line_20260318"]));
        Assert.That(Names(Retention.Due(new("log_line", 14, KeepBytes: 1), days, Now)), Is.EqualTo((string[])["log_line_20260318", "log_line_20260319"]));
        Assert.That(Retention.Due(new("log_line", 14, KeepBytes: 0), days, Now), Is.Empty, "0: without end");
    }

    [Test]
    public void What_was_begun_is_finished_first()
    {
        var half = Day(19) with { State = DayState.Detaching };

        Assert.That(Names(Retention.Due(new("log_line", 3), [Day(10), half], Now)), Is.EqualTo((string[])["log_line_20260319", "log_line_20260310"]));
    }

    [Test]
    public void What_stands_apart_is_nobody_s_to_remove_and_takes_up_no_room()
    {
        var apart = Day(1, 1000) with { State = DayState.Apart };

        Assert.That(Retention.Due(new("log_line", 3, KeepBytes: 100), [apart, Day(20, 50)], Now), Is.Empty);
    }

    [TestCase("1970-01-01T00:00:00Z", null)]
    [TestCase("2026-03-16T23:59:59.9Z", null)]
    [TestCase("2026-03-17T00:00:00Z", "2026-03-17")]
    [TestCase("2026-03-21T23:59:59Z", "2026-03-21")]
    [TestCase("2026-03-22T01:00:00+02:00", "2026-03-21")]
    [TestCase("2026-03-22T00:00:00Z", null)]
    [TestCase("9999-12-31T23:59:59Z", null)]
    public void Only_times_that_are_kept_have_a_day(string at, string? day) =>
        Assert.That(new DayTable("log_line", 3).DayOf(DateTimeOffset.Parse(at), Now)?.ToString("yyyy-MM-dd"), Is.EqualTo(day));

    [Test]
    public void Options_that_make_no_sense_are_all_named()
    {
        var faults = new List<string>();
        RetentionOptions.Read(name => name == "LOG_KEEP_DAYS" ? "0" : "lots", faults);

        Assert.That(faults.Select(f => f.Split(':')[0]), Does.Contain("LOG_KEEP_DAYS is '0'").And.Contain("LOG_KEEP_GIB is 'lots'"));
        Assert.That(RetentionOptions.Read(name => name == "LOG_KEEP_GIB" ? "0.5" : null, []).LogKeepBytes, Is.EqualTo(1L << 29));
        Assert.That(RetentionOptions.Read(name => name == "CHAT_RATE_KEEP_DAYS" ? "3" : null, []), Is.EqualTo(new RetentionOptions { ChatRateKeepDays = 3 }));
    }

    private static DayPartition Day(int day, long bytes = 10) =>
        new() { Name = $"log_line_202603{day}", Table = "log_line", Day = new(2026, 3, day), State = DayState.Kept, Rows = 1, Bytes = bytes, Searchable = false };

    private static IEnumerable<string> Names(IReadOnlyList<(DayPartition Partition, string Why)> due) => due.Select(d => d.Partition.Name);
}
