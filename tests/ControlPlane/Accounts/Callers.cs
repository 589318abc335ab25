using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Tests.Accounts;

/// <summary>People and programs of each kind, as clients.</summary>
internal static class Callers
{
    public const string Password = "another good password";

    /// <summary>A client that follows no redirect, known by nothing yet.</summary>
    public static HttpClient Stranger(this TestControlPlane control) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = control.Address, Timeout = TimeSpan.FromSeconds(90) };

    /// <summary>Adds a user as the admin.</summary>
    public static async Task<Guid> AddUserAsync(this TestControlPlane control, string username, Role role)
    {
        using var response = await control.Http.PostAsJsonAsync("/users", new { username, password = Password, role = role.Name() });
        Assert.That((int)response.StatusCode, Is.EqualTo(201), await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<Guid>();
    }

    /// <summary>A client that is signed in.</summary>
    public static async Task<HttpClient> SignedInAsync(this TestControlPlane control, string username, string password = Password)
    {
        var client = control.Stranger();
        using var response = await client.PostAsJsonAsync("/auth/login", new { username, password });
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
        return client;
    }

    /// <summary>Makes a token as somebody who is signed in.</summary>
    public static async Task<(Guid Id, string Text)> TokenAsync(this HttpClient owner, string scope, int days = 30)
    {
        using var response = await owner.PostAsJsonAsync("/tokens", new { name = $"a token to {scope}", scope, expires_in_days = days });
        Assert.That((int)response.StatusCode, Is.EqualTo(201), await response.Content.ReadAsStringAsync());
        var body = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        return (body["id"]!.GetValue<Guid>(), body["token"]!.ToString());
    }

    /// <summary>A client that shows a token.</summary>
    public static HttpClient Bearing(this TestControlPlane control, string token)
    {
        var client = control.Stranger();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
