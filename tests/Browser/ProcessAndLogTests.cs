using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamClips.Browser.Tests;

[Category("Slow")]
public sealed class ProcessAndLogTests
{
    private Site _site = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync();
        await Rows.AddAsync(_site, clips: 0, lines: 130);
    }

    [TearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_process_shows_its_newest_lines_as_they_come_and_is_stopped_and_started()
    {
        var page = (await _site.SignedInAsync($"/app/processes/{Rows.WatchingProcess}")).Page;
        await Expect(page.Locator("#numbers")).ToContainTextAsync("node-1 has the most room");

        await Rows.LogAsync(_site, Rows.Watching, 3, "the chat's server hung up");
        await Expect(page.Locator("#lines li").First).ToContainTextAsync("the chat's server hung up");
        await Expect(page.Locator("#lines li")).ToHaveCountAsync(50);

        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start again" })).ToBeVisibleAsync();
        Assert.That(await _site.ScalarAsync<string>("select wished from process where id = @id", new { id = Rows.WatchingProcess }), Is.EqualTo("stop"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Start again" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains($"{Rows.WatchingProcess}", StringComparison.Ordinal));
        Assert.That(await _site.ScalarAsync<bool>("select active from streamer where id = @id", new { id = Rows.Watching }), Is.True);
    }

    [Test]
    public async Task The_log_is_followed_filtered_and_paged()
    {
        var page = (await _site.SignedInAsync("/app/logs")).Page;
        var lines = page.Locator("#lines li");
        await Expect(lines).ToHaveCountAsync(100);
        await Rows.LogAsync(_site, Rows.Clipping, 2, "100% of 3_4 is <i>new</i>");
        await Expect(lines.First).ToContainTextAsync("100% of 3_4 is <i>new</i>");
        await Expect(lines.First).ToContainTextAsync("PixelPanda");

        await page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(lines).ToHaveCountAsync(31);
        await page.GetByRole(AriaRole.Link, new() { Name = "Newest" }).ClickAsync();
        await page.GetByLabel("Level").SelectOptionAsync("error");
        await Expect(lines).ToHaveCountAsync(14);
        await Expect(lines.First).ToContainTextAsync("answered 404");
        await page.GetByRole(AriaRole.Link, new() { Name = "Clear" }).ClickAsync();
        await page.GetByLabel("Text").FillAsync("100% of 3_4");
        await page.GetByLabel("Text").PressAsync("Enter");

        await Expect(lines).ToHaveCountAsync(1);
    }

    [Test]
    public async Task A_paused_log_stands_still()
    {
        var page = (await _site.SignedInAsync("/app/logs")).Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Pause" }).ClickAsync();
        await Expect(page.GetByText("Paused")).ToBeVisibleAsync();
        await Rows.LogAsync(_site, Rows.Watching, 1, "not yet");

        Assert.That(await page.Locator("[hx-get]").CountAsync(), Is.Zero, "nothing on the page renews itself");
        await Expect(page.GetByText("not yet")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Link, new() { Name = "Follow live" }).ClickAsync();
        await Expect(page.GetByText("not yet")).ToBeVisibleAsync();
    }
}
