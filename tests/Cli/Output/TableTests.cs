using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Tests.Output;

[TestFixture]
internal sealed class TableTests
{
    private static readonly Column[] Columns =
    [
        new("Name", i => i.Text("name")), new("State", i => i.Text("state")) { Tone = _ => Tone.Good }, new("Seen", _ => "2026-01-02 03:04:05") { Rank = 2 },
        new("Clips", i => i.Text("clips")) { Right = true, Rank = 1 }, new("Reason", i => i.Text("reason")) { Long = true },
    ];

    private static readonly JsonArray Items =
    [
        new JsonObject { ["name"] = "alpha", ["state"] = "running", ["clips"] = 7, ["reason"] = "least loaded of four nodes with room for one more" },
        new JsonObject { ["name"] = "日本のチャンネル", ["state"] = "waiting", ["clips"] = 1234, ["reason"] = "" },
    ];

    [Test]
    public void Not_on_a_terminal_every_line_is_whole_and_plain() => Assert.That(Print(Terminal.None), Is.EqualTo(
        """
        NAME              STATE    SEEN                 CLIPS  REASON
        alpha             running  2026-01-02 03:04:05      7  least loaded of four nodes with room for one more
        日本のチャンネル  waiting  2026-01-02 03:04:05   1234

        """));

    [TestCase(200, "NAME,STATE,SEEN,CLIPS,REASON")]
    [TestCase(76, "NAME,STATE,SEEN,CLIPS,REASON")]
    [TestCase(60, "NAME,STATE,CLIPS,REASON")]
    [TestCase(43, "NAME,STATE,REASON")]
    [TestCase(20, "NAME,STATE,REASON")]
    public void A_narrow_terminal_loses_the_least_important_columns_and_never_a_part_of_a_line(int width, string heads)
    {
        var lines = Print(new Terminal(width, 40, Colours: false)).TrimEnd('\n').Split('\n');
        Assert.That(lines.Select(CellText.Width), Has.All.LessThanOrEqualTo(width), string.Join('\n', lines));
        Assert.That(lines, Has.Length.EqualTo(3));
        if (width >= 43) Assert.That(lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(heads.Split(',')));
    }

    [Test]
    public void What_is_cut_says_so() => Assert.That(Print(new Terminal(80, 40, Colours: false)), Does.Contain("least loaded of fou").And.Contain("…").And.Not.Contain("one more"));

    [Test]
    public void Colours_come_only_where_they_are_wanted_and_move_nothing()
    {
        var plain = Print(new Terminal(100, 40, Colours: false));
        var painted = Print(new Terminal(100, 40, Colours: true));
        Assert.That(plain, Does.Not.Contain('\e'));
        Assert.That(painted, Does.Contain("\e[32mrunning\e[0m  2026"));
        Assert.That(System.Text.RegularExpressions.Regex.Replace(painted, "\e\\[[0-9]+m", ""), Is.EqualTo(plain));
    }

    [Test]
    public void Text_of_others_cannot_speak_to_the_terminal_nor_break_the_table()
    {
        var items = new JsonArray(new JsonObject { ["name"] = "evil\e]0;title\a\u009b2J\nsecond\u202eline", ["state"] = "x" });
        using var output = new StringWriter();
        new Printer(output, json: false, new Terminal(120, 40, Colours: false)).List(items, "none", Columns);
        Assert.That(output.ToString().Where(c => char.IsControl(c) && c != '\n'), Is.Empty);
        Assert.That(output.ToString().TrimEnd('\n').Split('\n'), Has.Length.EqualTo(2));
        Assert.That(output.ToString(), Does.Not.Contain('\u202e'));
    }

    [Test]
    public void An_item_is_wrapped_beside_its_titles()
    {
        var text = new TableText(new Terminal(30, 40, Colours: false)).Item(Items[0]!, Columns);
        Assert.That(text.Split('\n').Select(CellText.Width), Has.All.LessThanOrEqualTo(30));
        Assert.That(text, Does.Contain("Reason  least loaded of four\n        nodes with room for\n        one more\n"));
        Assert.That(new TableText(Terminal.None).Item(Items[1]!, Columns), Does.Not.Contain("Reason"), "what says nothing is left out");
    }

    [Test]
    public void Json_is_one_document_with_the_cursor_of_what_follows_and_names_as_they_are()
    {
        using var output = new StringWriter();
        new Printer(output, json: true).List(new Listing(Items, "abc"), "none", Columns);
        var document = JsonNode.Parse(output.ToString())!;
        Assert.That(document["items"]!.AsArray(), Has.Count.EqualTo(2));
        Assert.That(document["next"]!.ToString(), Is.EqualTo("abc"));
        Assert.That(output.ToString(), Does.Contain("日本のチャンネル"));
    }

    [Test]
    public void A_frame_takes_the_place_of_the_one_before_and_stays_on_the_screen()
    {
        Assert.That(Frame.Of("a\nb\n", 10, 0, out var lines), Is.EqualTo("a\e[K\nb\e[K\n\e[J"));
        Assert.That(lines, Is.EqualTo(2));
        Assert.That(Frame.Of("c\n", 10, 2, out _), Is.EqualTo("\e[2Fc\e[K\n\e[J"));
        Assert.That(Frame.Of(string.Join('\n', Enumerable.Range(0, 50)), 10, 0, out lines), Does.Contain("7\e[K\n… 42 more lines"));
        Assert.That(lines, Is.EqualTo(9), "and a line for the cursor");
    }

    private static string Print(Terminal terminal)
    {
        using var output = new StringWriter();
        new Printer(output, json: false, terminal).List(Items, "none", Columns);
        return output.ToString();
    }
}
