using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamClips.Browser.Tests;

[Category("Slow")]
public sealed class SignInTests
{
    private Site _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await Site.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [TestCase(true)]
    [TestCase(false)]
    public async Task Signing_in_leads_to_the_page_that_was_wanted_with_and_without_scripts(bool scripts)
    {
        var page = (await _site.VisitAsync(scripts: scripts)).Page;
        await page.GotoAsync("/app/logs?level=error");
        await Expect(page).ToHaveTitleAsync("Sign in · StreamClips");

        await SignInAsync(page, Site.Password);

        await Expect(page).ToHaveURLAsync($"{_site.Address}/app/logs?level=error");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page).ToHaveTitleAsync("Sign in · StreamClips");
        await page.GotoAsync("/app/logs");
        await Expect(page).ToHaveTitleAsync("Sign in · StreamClips");
    }

    [Test]
    public async Task A_wrong_password_is_said_in_place_and_the_name_is_kept()
    {
        var page = (await _site.VisitAsync()).Page;
        await page.GotoAsync("/");

        await SignInAsync(page, "wrong");

        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The user name or the password is wrong.");
        await Expect(page.GetByLabel("User name")).ToHaveValueAsync("admin");
        await Expect(page.GetByLabel("Password")).ToHaveValueAsync("");
    }

    [TestCase("https://evil.example/")]
    [TestCase("//evil.example/app")]
    [TestCase("/app/../../evil")]
    [TestCase("/app\\@evil.example")]
    [TestCase("/clips")]
    public async Task A_link_to_the_sign_in_page_cannot_lead_out_of_the_dashboard(string wanted)
    {
        var page = (await _site.VisitAsync()).Page;
        await page.GotoAsync($"/app/sign-in?return={Uri.EscapeDataString(wanted)}");

        await SignInAsync(page, Site.Password);

        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        Assert.That(page.Url, Does.StartWith($"{_site.Address}/app"));
    }

    [Test]
    public async Task A_write_that_another_site_sends_is_refused()
    {
        var page = (await _site.SignedInAsync("/app/streamers")).Page;

        var answer = await page.Context.APIRequest.PostAsync($"{_site.Address}/app/streamers/new", new() { Headers = new Dictionary<string, string> { ["Origin"] = "https://evil.example", ["Sec-Fetch-Site"] = "cross-site" } });

        Assert.That(answer.Status, Is.EqualTo(403));
    }

    private static async Task SignInAsync(IPage page, string password)
    {
        await page.GetByLabel("User name").FillAsync("admin");
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }
}
