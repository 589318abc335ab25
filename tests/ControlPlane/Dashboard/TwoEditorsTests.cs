using System.Net;
using System.Text.RegularExpressions;

namespace StreamClips.ControlPlane.Tests.Dashboard;

public sealed partial class TwoEditorsTests
{
    [Test]
    public async Task The_second_of_two_who_edit_a_streamer_is_shown_what_the_first_one_set_and_may_then_replace_it()
    {
        await using var control = await TestControlPlane.StartAsync();
        var id = await control.AddStreamerAsync("ada", active: false);
        var version = VersionOf(await control.Http.GetStringAsync($"/app/streamers/{id}"));

        var first = await SaveAsync("Ada the first", version);
        var second = await SaveAsync("Ada the second", version);
        Assert.That((first.Status, second.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed)));
        Assert.That(second.Page, Does.Contain("somebody else changed this streamer meanwhile").And.Contain("This is &#x27;Ada the first&#x27; now").And.Contain("value=\"Ada the second\""));
        Assert.That((await control.GetAsync($"/streamers/{id}"))["name"]!.ToString(), Is.EqualTo("Ada the first"));

        Assert.That((await SaveAsync("Ada the second", VersionOf(second.Page))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await control.GetAsync($"/streamers/{id}"))["name"]!.ToString(), Is.EqualTo("Ada the second"));

        async Task<(HttpStatusCode Status, string Page)> SaveAsync(string name, string of)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = name, ["url"] = "https://www.twitch.tv/ada", ["version"] = of });
            using var response = await control.Http.PostAsync($"/app/streamers/{id}", form);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    private static string VersionOf(string page) => Version().Match(page).Groups["version"].Value;

    [GeneratedRegex("name=\"version\" value=\"(?<version>[0-9]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Version();
}
