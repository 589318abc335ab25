using System.Diagnostics;
using System.Text;
using StreamClips.ClipWorker.Platforms.YouTube;

namespace StreamClips.ClipWorker.Tests.Platforms.YouTube;

/// <summary>What is taken out of a page, and what is not.</summary>
[TestFixture]
internal sealed class YouTubePageTests
{
    private const string Head = """<link rel="canonical" href="https://www.youtube.com/watch?v=abcDEF_-123"><script>ytcfg.set({"INNERTUBE_API_KEY": "AIzaKEY_1","INNERTUBE_CLIENT_VERSION":"2.20261101.01.00"});</script>""";

    private const string Chat = """{"continuations":[{"reloadContinuationData":{"continuation":"TOP"}}],"header":{"liveChatHeaderRenderer":{"viewSelector":{"sortFilterSubMenuRenderer":{"subMenuItems":[{"continuation":{"reloadContinuationData":{"continuation":"TOP"}}},{"continuation":{"reloadContinuationData":{"continuation":"ALL"}}}]}}}}}""";

    [TestCase("var ytInitialData = DATA;</script>")]
    [TestCase("window[\"ytInitialData\"] = DATA;\n window[\"ytInitialPlayerResponse\"] = null;")]
    [TestCase("window['ytInitialData']=DATA")]
    [TestCase("<title>ytInitialData = {&quot;</title> ytInitialData = {broken}; var ytInitialData\t=\n DATA;")]
    public void The_whole_chat_is_found_wherever_the_data_is_assigned(string script)
    {
        var data = """{"note":"};</script> \" ytInitialData = {","contents":{"twoColumnWatchNextResults":{"conversationBar":{"liveChatRenderer":""" + Chat + """}}}}""";
        var page = Parse(Head + script.Replace("DATA", data, StringComparison.Ordinal));
        Assert.That((page?.ApiKey, page?.ClientVersion, page?.VideoId, page?.Continuation), Is.EqualTo(("AIzaKEY_1", "2.20261101.01.00", "abcDEF_-123", "ALL")));
    }

    [Test]
    public void The_only_chat_there_is_is_taken() =>
        Assert.That(Parse(Head + """ var ytInitialData = {"a":[{"liveChatRenderer":{"continuations":[{"reloadContinuationData":{"continuation":"TOP"}}]}}]};""")?.Continuation, Is.EqualTo("TOP"));

    [Test]
    public void A_replay_is_no_chat_and_what_the_page_says_instead_is_kept()
    {
        Assert.That(Parse(Head + """ var ytInitialData = {"liveChatRenderer":{"isReplay":true,"continuations":[{"reloadContinuationData":{"continuation":"TOP"}}]}};""")?.Continuation, Is.Null);
        var off = Parse(Head + """ var ytInitialData = {"conversationBarRenderer":{"availabilityMessage":{"messageRenderer":{"text":{"runs":[{"text":"Chat is "},{"text":"disabled"}]}}}}};""");
        Assert.That((off?.Continuation, off?.ChatNotice), Is.EqualTo((null as string, "Chat is disabled")));
    }

    [Test]
    public void A_page_without_a_video_has_none()
    {
        var page = Parse("""{"INNERTUBE_API_KEY":"k"} <link rel="canonical" href="https://www.youtube.com/channel/UC1"> var ytInitialData = {"currentVideoEndpoint":{"watchEndpoint":{"videoId":"x\"><script>"}}};""");
        Assert.That((page?.VideoId, page?.Continuation), Is.EqualTo((null as string, null as string)));
    }

    [TestCase("<form action=\"https://consent.youtube.com/save\">", "it asks for consent to cookies first")]
    [TestCase("", "it is no page of YouTube as programs know them: it begins with \"\"")]
    [TestCase("<html>\n", "it begins with \"<html>\"")]
    [TestCase("\"INNERTUBE_API_KEY\":\"a b\"", "it is no page of YouTube")]
    public void Another_page_is_named(string page, string fault) =>
        Assert.That(YouTubePage.Parse(Encoding.UTF8.GetBytes(page)).Fault, Does.Contain(fault));

    [Test]
    public void A_page_that_is_too_long_is_refused() =>
        Assert.That(YouTubePage.Parse(new byte[YouTubePage.MaxBytes + 1]).Fault, Does.Contain("more than a page may have"));

    [TestCase("ytInitialData = {")]
    [TestCase("ytInitialData = {\"")]
    [TestCase("ytInitialData={{{{{{\\\"}")]
    [TestCase("\"INNERTUBE_API_KEY\":\"\\")]
    public void A_hostile_page_costs_no_more_than_its_length(string piece)
    {
        var page = Encoding.UTF8.GetBytes(Head + string.Concat(Enumerable.Repeat(piece, YouTubePage.MaxBytes / piece.Length - 100)));
        var watch = Stopwatch.StartNew();
        YouTubePage.Parse(page);
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)), "a quadratic reader would need hours");
    }

    [Test]
    public void Damaged_pages_never_throw()
    {
        var random = new Random(7);
        var whole = Encoding.UTF8.GetBytes(Head + """ var ytInitialData = {"\ud800":"\ud800","x":{"liveChatRenderer":""" + Chat + ""","currentVideoEndpoint":{"watchEndpoint":{"videoId":"\udfff1234567890"}}}};""");
        for (var round = 0; round < 20_000; round++)
        {
            var page = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--) page[random.Next(page.Length)] = (byte)random.Next(256);
            YouTubePage.Parse(page.AsMemory(0, random.Next(page.Length + 1)));
        }
    }

    private static YouTubePage? Parse(string page) => YouTubePage.Parse(Encoding.UTF8.GetBytes(page)).Value;
}
