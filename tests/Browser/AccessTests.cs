using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamClips.Browser.Tests;

[Category("Slow")]
public sealed class AccessTests
{
    private Site _site = null!;
    private IPage _page = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync();
        _page = (await _site.SignedInAsync("/app/access")).Page;
    }

    [TearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_token_is_made_shown_once_used_and_revoked()
    {
        await _page.GetByLabel("What it is for").FillAsync("the nightly import");
        await _page.GetByLabel("It may").SelectOptionAsync("operate");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
        var text = await _page.Locator("#new-token").InnerTextAsync();

        using var client = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", text) } };
        Assert.That((await client.GetAsync($"{_site.Address}/streamers")).IsSuccessStatusCode, Is.True);
        await _page.GotoAsync("/app/access");
        await Expect(_page.GetByText("the nightly import", new() { Exact = true })).ToBeVisibleAsync();
        Assert.That(await _page.ContentAsync(), Does.Not.Contain(text));

        await _page.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await _page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(_page.GetByText("No token")).ToBeVisibleAsync();
        Assert.That((int)(await client.GetAsync($"{_site.Address}/streamers")).StatusCode, Is.EqualTo(401));
    }

    [Test]
    public async Task A_user_is_added_and_sees_only_what_a_viewer_may_and_the_trail_tells_it()
    {
        await _page.GetByRole(AriaRole.Link, new() { Name = "Users" }).ClickAsync();
        await _page.GetByLabel("User name").FillAsync("vera");
        await _page.GetByLabel("Password").FillAsync("short");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await Expect(_page.Locator("#field-password-fault")).ToContainTextAsync("This has 5 characters: give 8 to 200");
        await _page.GetByLabel("Password").FillAsync("a good password too");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await Expect(_page.GetByRole(AriaRole.Link, new() { Name = "vera", Exact = true })).ToBeVisibleAsync();

        var vera = (await _site.VisitAsync()).Page;
        await vera.GotoAsync("/app/streamers");
        await vera.GetByLabel("User name").FillAsync("vera");
        await vera.GetByLabel("Password").FillAsync("a good password too");
        await vera.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(vera.GetByRole(AriaRole.Heading, new() { Name = "Streamers" })).ToBeVisibleAsync();
        await Expect(vera.GetByRole(AriaRole.Link, new() { Name = "Add a streamer" })).ToHaveCountAsync(0);
        await vera.GotoAsync("/app/users");
        await Expect(vera.GetByText("the role is viewer, and admin is needed")).ToBeVisibleAsync();

        await _page.GotoAsync("/app/audit?subject=user");
        await _page.Locator("details").First.ClickAsync();
        await Expect(_page.Locator("details").First).ToContainTextAsync("(hidden)");
        await Expect(_page.Locator("details").First).ToContainTextAsync("POST /app/users");
    }

    [Test]
    public async Task Another_session_is_ended_and_a_password_changed()
    {
        var other = (await _site.SignedInAsync("/app/streamers")).Page;
        await _page.ReloadAsync();
        var newest = await _site.ScalarAsync<Guid>("select id from session order by created_at desc limit 1");
        await _page.Locator($"form[action*='{newest}'] button").ClickAsync();
        await other.ReloadAsync();
        await Expect(other).ToHaveTitleAsync("Sign in · StreamClips");

        await _page.GetByLabel("Present password").FillAsync("not it, sadly");
        await _page.GetByLabel("New password").FillAsync("the next password");
        await _page.GetByLabel("Once more").FillAsync("the next password");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Change it" }).ClickAsync();
        await Expect(_page.Locator("#field-current_password-fault")).ToHaveTextAsync("This is wrong.");
        await _page.GetByLabel("Present password").FillAsync(Site.Password);
        await _page.GetByLabel("New password").FillAsync("the next password");
        await _page.GetByLabel("Once more").FillAsync("the next password");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Change it" }).ClickAsync();
        await Expect(_page.GetByRole(AriaRole.Status).First).ToContainTextAsync("The password is changed");
    }
}
