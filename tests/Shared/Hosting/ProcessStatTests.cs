using System.Diagnostics;
using StreamClips.Shared.Hosting;

namespace StreamClips.Shared.Tests.Hosting;

public sealed class ProcessStatTests
{
    private const string Fields = " S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 2592000 200 18446744073709551615 1 1";

    [TestCase("postgres")]
    [TestCase("a name) with (brackets) Z 1 2")]
    [TestCase("")]
    public void A_name_of_any_characters_is_told_from_the_fields(string name) =>
        Assert.That(ProcessStat.Parse($"42 ({name}){Fields}\n"), Is.EqualTo(new ProcessStat(42, name, 42, 987654)));

    [TestCase("")]
    [TestCase("42")]
    [TestCase("42 (sleep")]
    [TestCase(")42 (")]
    [TestCase("42 (sleep) S 1 42 42")]
    [TestCase("x (sleep) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654")]
    [TestCase("42 (sleep) Z 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654")]
    [TestCase("42 (sleep) X 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654")]
    public void What_is_no_line_or_that_of_one_who_has_ended_is_nobody(string line) => Assert.That(ProcessStat.Parse(line), Is.Null);

    [Test]
    public void A_process_that_runs_is_found_and_one_that_has_ended_is_not()
    {
        using var sleep = Process.Start("sleep", "600");
        var found = ProcessStat.Of(sleep.Id);
        sleep.Kill();
        sleep.WaitForExit();

        Assert.That((found?.Pid, found?.Name), Is.EqualTo((sleep.Id, "sleep")));
        Assert.That(found!.StartTicks, Is.GreaterThanOrEqualTo(ProcessStat.Of(Environment.ProcessId)!.StartTicks));
        Assert.That(ProcessStat.Of(sleep.Id), Is.Null);
        Assert.That(ProcessStat.Of(int.MaxValue), Is.Null);
    }

    [Test]
    public void Of_damaged_lines_none_is_an_error()
    {
        var random = new Random(3);
        for (var i = 0; i < 5_000; i++)
        {
            var line = $"42 (sleep){Fields}".ToCharArray();
            for (var n = random.Next(1, 6); n > 0; n--) line[random.Next(line.Length)] = (char)random.Next(32, 127);
            Assert.That(() => ProcessStat.Parse(new string(line, 0, random.Next(line.Length + 1))), Throws.Nothing);
        }
    }
}
