using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamClips.Browser.Tests;

[Category("Slow")]
public sealed class StreamerTests
{
    private Site _site = null!;
    private IPage _page = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync();
        await Rows.AddAsync(_site, clips: 1);
        _page = (await _site.SignedInAsync("/app/streamers")).Page;
    }

    [TearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task Every_fault_stands_beside_its_field_at_once_and_nothing_typed_is_lost()
    {
        await _page.GetByRole(AriaRole.Link, new() { Name = "Add a streamer" }).ClickAsync();
        await _page.GetByLabel("Address of the stream").FillAsync("not an address");
        await _page.GetByLabel("Clip length").FillAsync("3");
        await _page.GetByLabel("Surge from").FillAsync("2,5");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();

        await Expect(_page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Not saved");
        await Expect(Fault("name")).ToContainTextAsync("empty");
        await Expect(Fault("url")).ToContainTextAsync("This is 'not an address': give an absolute http or https address");
        await Expect(Fault("settings-surge_threshold")).ToContainTextAsync("This is '2,5': give a number");
        await Expect(_page.GetByLabel("Address of the stream")).ToHaveValueAsync("not an address");
        await Expect(_page.GetByLabel("Clip length")).ToHaveValueAsync("3");

        await _page.GetByLabel("Surge from").FillAsync("2.5");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await Expect(Fault("settings-clip_duration")).ToContainTextAsync("This is 3 s: give 5 to 600 seconds");
        Assert.That(await _site.ScalarAsync<long>("select count(*) from streamer"), Is.EqualTo(7), "nothing was saved");
    }

    [Test]
    public async Task A_streamer_is_added_with_settings_of_its_own_and_changed()
    {
        await _page.GetByRole(AriaRole.Link, new() { Name = "Add a streamer" }).ClickAsync();
        await _page.GetByLabel("Name", new() { Exact = true }).FillAsync("Nina");
        await _page.GetByLabel("Address of the stream").FillAsync("https://www.twitch.tv/nina");
        await _page.GetByLabel("Surge from").FillAsync("3.5");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await Expect(_page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/app/streamers#channel-"));

        await _page.GetByRole(AriaRole.Link, new() { Name = "Edit Nina" }).ClickAsync();
        await Expect(_page.GetByLabel("Surge from")).ToHaveValueAsync("3.5");
        await _page.GetByLabel("Name", new() { Exact = true }).FillAsync("nightOWL");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(Fault("name")).ToContainTextAsync("There is already a streamer 'nightOWL'");
        await _page.GetByLabel("Name", new() { Exact = true }).FillAsync("Nina again");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Expect(_page.GetByRole(AriaRole.Link, new() { Name = "Nina again", Exact = true })).ToBeVisibleAsync();
        Assert.That(await _site.ScalarAsync<string>("select settings::text from streamer where name = 'Nina again'"), Is.EqualTo("""{"surge_threshold": 3.5}"""));
    }

    [Test]
    public async Task A_streamer_is_deactivated_activated_and_deleted()
    {
        await _page.GetByRole(AriaRole.Button, new() { Name = "Deactivate Nightowl" }).ClickAsync();
        await Expect(_page.GetByRole(AriaRole.Button, new() { Name = "Activate Nightowl", Exact = true })).ToBeVisibleAsync();
        Assert.That(await ActiveAsync(), Is.EqualTo(false));
        await _page.GetByRole(AriaRole.Button, new() { Name = "Activate Nightowl", Exact = true }).ClickAsync();
        await Expect(_page.GetByRole(AriaRole.Button, new() { Name = "Deactivate Nightowl" })).ToBeVisibleAsync();
        Assert.That(await ActiveAsync(), Is.EqualTo(true));

        await _page.GetByRole(AriaRole.Link, new() { Name = "Nightowl", Exact = true }).ClickAsync();
        await _page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await _page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();

        await Expect(_page.GetByRole(AriaRole.Heading, new() { Name = "Streamers" })).ToBeVisibleAsync();
        Assert.That(await ActiveAsync(), Is.Null);

        Task<bool?> ActiveAsync() => _site.ScalarAsync<bool?>("select active from streamer where id = @id", new { id = Rows.Watching });
    }

    private ILocator Fault(string field) => _page.Locator($"#field-{field}-fault");
}
