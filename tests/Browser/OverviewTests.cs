using Microsoft.Playwright;
using StreamClips.Shared.Settings;
using static Microsoft.Playwright.Assertions;

namespace StreamClips.Browser.Tests;

[Category("Slow")]
public sealed class OverviewTests
{
    private Site _site = null!;
    private Visit _visit = null!;
    private string _expected = null!;

    private IPage Page => _visit.Page;

    [SetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync();
        await Rows.AddAsync(_site);
        _visit = await _site.SignedInAsync("/app");
        _expected = "ERR_INTERNET_DISCONNECTED";
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _site.DisposeAsync();
        Assert.That(
            _visit.Complaints.Where(c => !c.Contains(_expected, StringComparison.Ordinal) && !c.StartsWith("htmx:", StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public async Task Channels_say_in_words_how_they_are_and_why()
    {
        await Expect(Row("Nightowl")).ToContainTextAsync("Watching");
        await Expect(Row("Nightowl")).ToContainTextAsync("4.2/s");
        await Expect(Row("Nightowl")).ToContainTextAsync("×1.1");
        await Expect(Row("PixelPanda")).ToContainTextAsync("Clipping");
        await Expect(Row("RetroRae")).ToContainTextAsync("looked at again every 30 s");
        await Expect(Row("SpeedySue")).ToContainTextAsync("Restarting");
        await Expect(Row("SpeedySue")).ToContainTextAsync("Exit code 1: the playlist answered 500");
        await Expect(Row("Zelda late at night")).ToContainTextAsync("no node has room (1 node, 5 of 5 in use)");
        await Expect(Row("Zelda late at night")).ToContainTextAsync("Waiting");
        await Expect(Row(Rows.NastyName)).ToContainTextAsync("Failed");
        await Expect(Page.GetByText("Off for now")).ToHaveCountAsync(0);
        await Expect(Page.Locator("#tile-nodes")).ToHaveTextAsync("1 of 2nodes ready");
        await Expect(Page.Locator("#tile-live")).ToHaveTextAsync("2 of 6channels live");
        await Expect(Page.Locator("#tile-clips")).ToHaveTextAsync("3clips in 24 hours");
    }

    [Test]
    public async Task A_clip_and_a_change_of_state_appear_without_a_reload_and_disturb_nothing_else()
    {
        await Page.EvaluateAsync("""
            window.sameDocument = true;
            window.oldPicture = document.querySelector('.clip img');
            getSelection().selectAllChildren(document.querySelector('#newest-title'));
            """);
        await Row("Nightowl").GetByRole(AriaRole.Link).FocusAsync();

        await Rows.ClipAsync(_site, Guid.CreateVersion7(), Rows.Watching, "Nightowl", minutesAgo: 0.2);
        await _site.ExecuteAsync("update process set chat_rate = 17.3 where id = @id", new { id = Rows.WatchingProcess });

        await Expect(Page.Locator(".clip")).ToHaveCountAsync(4);
        await Expect(Page.Locator(".clip").First).ToContainTextAsync("Nightowl");
        await Expect(Row("Nightowl")).ToContainTextAsync("17/s");
        await Expect(Row("Nightowl").GetByRole(AriaRole.Link)).ToBeFocusedAsync();
        Assert.That(await Page.EvaluateAsync<bool>("window.sameDocument && window.oldPicture.isConnected"), "the page or a picture that did not change was replaced");
        Assert.That(await Page.EvaluateAsync<string>("getSelection().toString()"), Is.EqualTo("Newest clips"));
    }

    [Test]
    public async Task A_channel_that_is_added_takes_its_place_and_one_that_is_removed_goes()
    {
        var id = Guid.CreateVersion7();
        await Rows.StreamerAsync(_site, id, "Oscar", active: true);
        await Rows.ProcessAsync(_site, id, "Oscar", "starting", null, "", 0, 0, ClipSettings.Default);
        await _site.ExecuteAsync("delete from streamer where id = @id", new { id = Rows.Clipping });

        await Expect(Row("Oscar")).ToContainTextAsync("Starting");
        await Expect(Row("PixelPanda")).ToHaveCountAsync(0);
        var names = await Page.Locator("#channels-rows .name").AllInnerTextsAsync();
        Assert.That(names, Is.EqualTo(names.OrderBy(n => n, StringComparer.OrdinalIgnoreCase)));
    }

    [Test]
    public async Task A_page_without_a_connection_says_so_until_there_is_one()
    {
        var notice = Page.GetByText("No connection.");
        await Expect(notice).ToBeHiddenAsync();

        await Page.Context.SetOfflineAsync(true);
        await Expect(notice).ToBeVisibleAsync();

        await Page.Context.SetOfflineAsync(false);
        await Expect(notice).ToBeHiddenAsync();
    }

    [Test]
    public async Task A_session_that_ends_leads_to_the_sign_in_page_and_back()
    {
        _expected = "401 (Unauthorized)";
        await _site.ExecuteAsync("delete from session");

        await Expect(Page).ToHaveURLAsync($"{_site.Address}/app/sign-in?return=%2Fapp");
    }

    private ILocator Row(string channel) =>
        Page.GetByRole(AriaRole.Row).Filter(new() { Has = Page.GetByRole(AriaRole.Link, new() { Name = channel, Exact = true }) });
}
