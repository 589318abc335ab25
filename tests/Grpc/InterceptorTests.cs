using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using StreamClips.Grpc.Tests.Pairs;
using StreamClips.Grpc.Tests.Protocol;

namespace StreamClips.Grpc.Tests;

/// <summary>Interceptors and credentials: the hooks that our own code hangs authentication on.</summary>
public sealed class InterceptorTests
{
    private OurServer _server = null!;
    private GrpcChannel _channel = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await OurServer.StartAsync(options => options.Interceptors.Add<RequireToken>());
        _channel = GrpcChannel.ForAddress(_server.Address);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [TestCaseSource(typeof(Call), nameof(Call.Kinds))]
    public async Task A_server_interceptor_refuses_a_call_of_any_kind_before_the_service_sees_it(Kind kind)
    {
        await using var client = new OurClient();

        var outcome = await client.CallAsync(_server.Address, new Call(kind, new Message("m") { Replies = 1 }), CancellationToken.None);

        Assert.That((outcome.Code, outcome.Detail), Is.EqualTo((StatusCode.Unauthenticated, "no token")));
        Assert.That(outcome.Replies, Is.Empty);
    }

    [Test]
    public async Task A_client_interceptor_adds_metadata_to_calls_of_every_kind()
    {
        var seen = new ConcurrentQueue<string>();
        var probe = new Probe.ProbeClient(_channel.Intercept(new AddToken(seen)));

        await probe.AskAsync(new Request());
        using var gather = probe.Gather();
        await gather.RequestStream.CompleteAsync();
        await gather;
        using var scatter = probe.Scatter(new Request { Replies = 1 });
        var scattered = await scatter.ResponseStream.ReadAllAsync().CountAsync();
        using var talk = probe.Talk();
        await talk.RequestStream.WriteAsync(new Request());
        await talk.RequestStream.CompleteAsync();
        var talked = await talk.ResponseStream.ReadAllAsync().CountAsync();

        Assert.That((scattered, talked), Is.EqualTo((1, 1)));
        Assert.That(seen, Is.EqualTo(new[] { "Ask", "Gather", "Scatter", "Talk" }));
    }

    [Test]
    public async Task An_interceptor_may_put_its_own_answer_in_place_of_the_call()
    {
        var probe = new Probe.ProbeClient(_channel.Intercept(new AnswerItself()));

        using var call = probe.AskAsync(new Request { Text = "never sent" });

        Assert.That((await call).Text, Is.EqualTo("from the interceptor"));
        Assert.That((await call.ResponseHeadersAsync).GetValue("source"), Is.EqualTo("interceptor"));
        Assert.That(call.GetStatus(), Is.EqualTo(Status.DefaultSuccess));
        Assert.That(call.GetTrailers(), Is.Empty);
        Assert.That(_server.Wire.ReceivedBytes, Is.Zero);
    }

    [Test]
    public async Task Call_credentials_travel_with_every_call_of_a_channel()
    {
        var credentials = ChannelCredentials.Create(
            ChannelCredentials.Insecure,
            CallCredentials.Compose(
                CallCredentials.FromInterceptor((context, metadata) =>
                {
                    metadata.Add("authorization", $"Bearer {context.MethodName}");
                    return Task.CompletedTask;
                }),
                CallCredentials.FromInterceptor((_, metadata) =>
                {
                    metadata.Add("probe-second", "too");
                    return Task.CompletedTask;
                })));
        using var channel = GrpcChannel.ForAddress(_server.Address, new GrpcChannelOptions
        {
            Credentials = credentials,
            UnsafeUseInsecureChannelCallCredentials = true,
        });

        using var call = new Probe.ProbeClient(channel).AskAsync(new Request { Text = "hello" });

        Assert.That((await call).Text, Is.EqualTo("hello"));
        Assert.That((await call.ResponseHeadersAsync).GetValue("probe-second"), Is.EqualTo("too"));
    }

    [Test]
    public void A_secure_channel_to_an_address_without_tls_is_refused()
    {
        Assert.That(
            () => GrpcChannel.ForAddress(_server.Address, new GrpcChannelOptions { Credentials = ChannelCredentials.SecureSsl }),
            Throws.InvalidOperationException.With.Message.Contains("http"));
    }

    private sealed class RequireToken : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            Check(context);
            return continuation(request, context);
        }

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            ServerCallContext context,
            ClientStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Check(context);
            return continuation(requestStream, context);
        }

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Check(context);
            return continuation(request, responseStream, context);
        }

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Check(context);
            return continuation(requestStream, responseStream, context);
        }

        private static void Check(ServerCallContext context)
        {
            if (context.RequestHeaders.GetValue("authorization") is null)
                throw new RpcException(new Status(StatusCode.Unauthenticated, "no token"));
        }
    }

    private sealed class AddToken(ConcurrentQueue<string> seen) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation) => continuation(request, With(context));

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) => continuation(request, With(context));

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation) => continuation(With(context));

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation) => continuation(With(context));

        private ClientInterceptorContext<TRequest, TResponse> With<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context)
            where TRequest : class
            where TResponse : class
        {
            seen.Enqueue(context.Method.Name);
            var headers = new Metadata { { "authorization", "Bearer t" } };
            return new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, context.Options.WithHeaders(headers));
        }
    }

    private sealed class AnswerItself : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation) => new(
            Task.FromResult((TResponse)(object)new Reply { Text = "from the interceptor" }),
            Task.FromResult(new Metadata { { "source", "interceptor" } }),
            () => Status.DefaultSuccess,
            () => [],
            () => { });
    }
}
