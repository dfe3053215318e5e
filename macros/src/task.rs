//! `f {}` as a task: the function's empty type says how it is run for a tuple of arguments.
//!
//! What `map` does is written here once, so that it costs the compiler nothing twice: `map` hands its
//! own type over. Where an implementation cannot be written, as the inputs do not say what all type
//! arguments are, `map` stands alone.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::visit::Visit;
use syn::{Expr, GenericParam, Generics, TypePath, WherePredicate};

use crate::controls::Controls;
use crate::map::{Part, implied_bounds, item_type, lending};
use crate::plan::{Caller, Plan, angled};
use crate::types::NameLifetimes;

/// What stands in the head of the implementation.
pub(crate) struct Head<'a> {
    /// The type that carries the controls.
    pub(crate) ty: TokenStream,
    /// The generics of a method's block.
    pub(crate) block: Option<&'a Generics>,
}

/// Whether, and for which inputs, a function is a task.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Inputs {
    /// For those that `map` takes.
    AsInMap,
    /// With references where the function has them.
    AsWritten,
    /// It is none.
    Never,
}

impl Plan<'_> {
    pub(crate) fn task_inputs(&self) -> Inputs {
        if self.is_async() {
            return Inputs::Never;
        }
        let says_all = |takes: Inputs| {
            let mut lifetimes = NameLifetimes::default();
            let parts: Vec<Part> = Part::all(self, &mut lifetimes, takes == Inputs::AsWritten);
            self.generics.params.iter().all(|param| match param {
                GenericParam::Lifetime(_) => true,
                GenericParam::Type(param) => is_said(&param.ident, &parts),
                GenericParam::Const(param) => is_said(&param.ident, &parts),
            })
        };
        let kinds = [Inputs::AsInMap, Inputs::AsWritten];
        kinds.into_iter().find(|takes| says_all(*takes)).unwrap_or(Inputs::Never)
    }
}

impl Controls<'_> {
    /// The implementation, if there is one.
    pub(crate) fn task(&self, head: &Head<'_>) -> Option<TokenStream> {
        let Self { plan, host, .. } = self;
        let inputs = plan.task_inputs();
        if inputs == Inputs::Never {
            return None;
        }
        let mut lifetimes = NameLifetimes::marked("_of_input");
        let parts = Part::all(plan, &mut lifetimes, inputs == Inputs::AsWritten);
        let implied = implied_bounds(parts.iter().map(Part::inner));
        let mut borrowing = Vec::new();
        let types = parts.iter().enumerate().map(|(position, part)| match part {
            Part::Borrowed(ty) => {
                let name = format_ident!("__LarderInput{position}", span = Span::mixed_site());
                let lending = lending(ty);
                borrowing.push(quote!(#name: #lending<#ty>));
                name.into_token_stream()
            }
            Part::Written(ty) => ty.to_token_stream(),
        });
        let item = item_type(&types.collect::<Vec<_>>());

        let mut generics = head.block.cloned().unwrap_or_default();
        let block_where = generics.where_clause.take();
        generics.params.extend(plan.generics.params.iter().cloned());
        generics.params.extend(lifetimes.params.into_iter().map(GenericParam::Lifetime));
        let named =
            borrowing.iter().map(|declared| -> GenericParam { syn::parse_quote!(#declared) });
        generics.params.extend(named);
        let generics = angled(&generics, None);
        let own_where = plan.generics.where_clause.as_ref();
        let clauses = block_where.iter().chain(own_where);
        let predicates: Vec<&WherePredicate> =
            clauses.flat_map(|clause| &clause.predicates).collect();

        let function = plan.hidden("function");
        let outcome = plan.hidden("outcome");
        let fish = plan.turbofish(Caller::Named, None);
        let cache = plan.cache(host);
        let keep_if = plan.keep_if(host, Caller::Named);
        let visitor = self.map_visitor(&parts);
        let compute = self.map_compute(&parts);
        let (ty, output) = (&head.ty, &plan.output);
        let attributes = plan.impl_attributes();
        Some(quote! {
            #attributes
            impl #generics ::larder::Task<#item, #output> for #ty
            where
                #(#predicates,)*
                #(#implied,)*
            {
                fn __larder_visit<__LarderVisitor: ::larder::__private::Visitor<#item, #output, Self>>(
                    &self,
                    visitor: __LarderVisitor,
                ) -> __LarderVisitor::Out {
                    visitor.cached(&::larder::__private::Cached::new::<#item, #output>(
                        #host::#function #fish(),
                        #cache,
                        #visitor,
                        #compute,
                        #host::#outcome #fish(),
                        #keep_if,
                    ))
                }
            }
        })
    }
}

/// Types of the standard library that say what their arguments are. Any other name may be that of an
/// alias, of which nobody knows here what it makes of its arguments: `<T as Trait>::Type` does not say
/// what `T` is, and the compiler would refuse the implementation, and the function with it.
const SAYING: [&str; 20] = [
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "Cow",
    "HashMap",
    "HashSet",
    "LinkedList",
    "Option",
    "PhantomData",
    "Range",
    "RangeInclusive",
    "Rc",
    "Result",
    "Reverse",
    "Saturating",
    "Vec",
    "VecDeque",
    "Wrapping",
];

/// Whether the inputs say for sure what this parameter is: it stands in their types by itself.
fn is_said(param: &Ident, parts: &[Part]) -> bool {
    struct Said<'a>(&'a Ident, bool);
    impl Visit<'_> for Said<'_> {
        fn visit_type_path(&mut self, path: &TypePath) {
            self.1 |= path.qself.is_none() && path.path.is_ident(self.0);
            if is_saying(path) {
                syn::visit::visit_type_path(self, path);
            }
        }

        fn visit_expr(&mut self, length: &Expr) {
            let of_path =
                |expr: &Expr| matches!(expr, Expr::Path(path) if path.path.is_ident(self.0));
            self.1 |= match length {
                Expr::Block(block) => matches!(
                    block.block.stmts.as_slice(),
                    [syn::Stmt::Expr(expr, None)] if of_path(expr)
                ),
                expr => of_path(expr),
            };
        }
    }
    let mut said = Said(param, false);
    for part in parts {
        if let Part::Written(ty) = part {
            said.visit_type(ty);
        }
    }
    said.1
}

fn is_saying(path: &TypePath) -> bool {
    let mut names = path.path.segments.iter().map(|segment| segment.ident.unraw().to_string());
    let last = names.next_back();
    // Before it stand modules, and not a parameter of which it is an associated type.
    path.qself.is_none()
        && last.is_some_and(|last| SAYING.contains(&last.as_str()))
        && names.all(|name| name.starts_with(char::is_lowercase))
}
